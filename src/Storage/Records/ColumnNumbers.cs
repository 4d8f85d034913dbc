namespace Dendrite.Storage.Records;

/// <summary>Gives out permanent numbers of columns, of which no two in the whole database are the same.</summary>
public sealed class ColumnNumbers(PlatformDatabase database)
{
    /// <summary>
    /// New numbers, all above 1,000, where the first columns of datasets end. One round trip, none for none; a number
    /// that is not used is lost.
    /// </summary>
    public async Task<IReadOnlyList<int>> TakeAsync(ProjectId project, int count, CancellationToken cancellationToken)
    {
        if (count == 0)
        {
            return [];
        }

        await using var batch = database.CreateBatch(project);
        batch.Add("SELECT nextval('records.column_number')::int FROM generate_series(1, @count)").With("count", count);
        return await batch.ReadAsync<IReadOnlyList<int>>(
            async (reader, token) =>
            {
                var numbers = new List<int>(count);
                while (await reader.ReadAsync(token))
                {
                    numbers.Add(reader.GetInt32(0));
                }

                return numbers;
            },
            cancellationToken
        );
    }
}
