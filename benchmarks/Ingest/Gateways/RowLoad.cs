using Npgsql;

namespace Dendrite.Benchmarks.Ingest.Gateways;

/// <summary>
/// The baseline of habit: a row for each instant with the microvolts of all channels as <c>NUMERIC[]</c>, written in
/// batches by prepared <c>INSERT ... ON CONFLICT DO NOTHING</c>, a commit for each batch. A unit is a row.
/// </summary>
/// <remarks>Kinder than what is found in labs: binary parameters, one parse for all, and no text of numbers.</remarks>
internal sealed class RowLoad : IStorageLoad
{
    private const int BatchRows = 500;
    private const decimal MicrovoltsPerStep = 0.195m;
    private readonly NpgsqlDataSource source;
    private readonly decimal[][] instants;
    private long row;

    private RowLoad(NpgsqlDataSource source, RecordingShape shape)
    {
        this.source = source;
        var block = BlockRing.Of(shape)[0];
        instants = Enumerable
            .Range(0, shape.SamplesPerBlock)
            .Select(instant =>
                Enumerable
                    .Range(0, shape.Channels)
                    .Select(channel => MicrovoltsPerStep * block.Span[(channel * shape.SamplesPerBlock) + instant])
                    .ToArray()
            )
            .ToArray();
    }

    public double BitsPerSample => 0;

    public static async Task<RowLoad> OpenAsync(OpenLoad open)
    {
        var settings = new NpgsqlConnectionStringBuilder(open.Address)
        {
            MaxAutoPrepare = 10,
            AutoPrepareMinUsages = 1,
        };
        var source = NpgsqlDataSource.Create(settings.ConnectionString);
        await using var command = source.CreateCommand(
            """
            DROP TABLE IF EXISTS public.sample_row;
            CREATE TABLE public.sample_row (sample_time bigint PRIMARY KEY, samples numeric[] NOT NULL)
            """
        );
        await command.ExecuteNonQueryAsync();
        return new(source, open.Shape);
    }

    public async Task WriteAsync(int count)
    {
        await using var connection = await source.OpenConnectionAsync();
        while (count > 0)
        {
            var rows = Math.Min(count, BatchRows);
            await using var batch = new NpgsqlBatch(connection);
            for (var i = 0; i < rows; i++)
            {
                var command = batch.CreateBatchCommand();
                command.CommandText = "INSERT INTO public.sample_row VALUES ($1, $2) ON CONFLICT DO NOTHING";
                command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = row });
                command.Parameters.Add(new NpgsqlParameter<decimal[]> { TypedValue = instants[row % instants.Length] });
                batch.BatchCommands.Add(command);
                row++;
            }

            await batch.ExecuteNonQueryAsync();
            count -= rows;
        }
    }

    public Task<double[]> WriteAtPaceAsync(TimeSpan length) =>
        throw new NotSupportedException("Nobody waits for a row: what is compared is how many a second.");

    public async ValueTask DisposeAsync()
    {
        await using (var command = source.CreateCommand("DROP TABLE public.sample_row"))
        {
            await command.ExecuteNonQueryAsync();
        }

        await source.DisposeAsync();
    }
}
