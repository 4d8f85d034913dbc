using Npgsql;

namespace Dendrite.Storage.Records;

/// <summary>Finds datasets as a snapshot shows them. They are written by <see cref="RecordWriter"/>.</summary>
public sealed class DatasetStore(PlatformDatabase database)
{
    /// <summary>The live dataset of that name, or null. One round trip.</summary>
    public async Task<DatasetRecord?> FindAsync(RecordView view, string name, CancellationToken cancellationToken)
    {
        await using var batch = view.CreateBatch(database);
        // Whatever ever had the name; what it is called now, and whether it is there, its newest visible row says.
        AddNewest(
                batch,
                view,
                "dataset.dataset_id IN (SELECT known.dataset_id FROM records.dataset AS known"
                    + " WHERE known.project_id = @project AND known.name = @name)",
                "newest.name = @name",
                1
            )
            .With("name", name);
        return await batch.ReadRowAsync(Read, cancellationToken);
    }

    /// <summary>The live datasets among these names, by name. One round trip.</summary>
    public async Task<IReadOnlyList<DatasetRecord>> ListNamedAsync(
        RecordView view,
        IReadOnlyCollection<string> names,
        CancellationToken cancellationToken
    )
    {
        await using var batch = view.CreateBatch(database);
        AddNewest(
                batch,
                view,
                "dataset.dataset_id IN (SELECT known.dataset_id FROM records.dataset AS known"
                    + " WHERE known.project_id = @project AND known.name = ANY(@names))",
                "newest.name = ANY(@names)",
                names.Count
            )
            .With("names", names.ToArray());
        return await batch.ReadRowsAsync(Read, cancellationToken);
    }

    /// <summary>A page of the live datasets, by name. One round trip.</summary>
    /// <param name="afterName">The last name of the page before; empty for the first page.</param>
    public async Task<IReadOnlyList<DatasetRecord>> ListAsync(
        RecordView view,
        string afterName,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = view.CreateBatch(database);
        AddNewest(batch, view, "true", "newest.name COLLATE \"C\" > @after", limit).With("after", afterName);
        return await batch.ReadRowsAsync(Read, cancellationToken);
    }

    /// <summary>The number for a new dataset. One round trip; a number that is not used is lost.</summary>
    public async Task<DatasetId> AllocateAsync(ProjectId project, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch.Add("SELECT nextval('records.dataset_id')");
        return await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.ReadAsync(token);
                return new DatasetId(reader.GetInt64(0));
            },
            cancellationToken
        );
    }

    /// <remarks>
    /// From the rows, which are few, to whether they are seen: a snapshot may see ten thousand absorbed timelines.
    /// </remarks>
    private static NpgsqlBatchCommand AddNewest(
        ProjectBatch batch,
        RecordView view,
        string candidates,
        string condition,
        int limit
    )
    {
        var command = batch.Add(
            $"""
            WITH newest AS (
                SELECT DISTINCT ON (dataset.dataset_id) dataset.*
                FROM records.dataset
                WHERE dataset.project_id = @project AND {RecordSql.Sees("dataset", view)} AND {candidates}
                ORDER BY dataset.dataset_id, dataset.version DESC
            )
            SELECT newest.dataset_id, newest.uid, newest.name, newest.definition, newest.create_version,
                newest.version, made.commit_time, changed.commit_time
            FROM newest
            JOIN branching.commit AS made ON made.project_id = @project AND made.version = newest.create_version
            JOIN branching.commit AS changed ON changed.project_id = @project AND changed.version = newest.version
            WHERE NOT newest.deleted AND {condition}
            ORDER BY newest.name COLLATE "C"
            LIMIT @limit
            """
        );
        return view.Bind(command).With("project", view.Project.Value).With("limit", limit);
    }

    private static DatasetRecord Read(NpgsqlDataReader row) =>
        new(new(row.GetInt64(0)), row.GetGuid(1), row.GetString(2), row.GetFieldValue<byte[]>(3), new(row.GetInt64(4)))
        {
            Version = new(row.GetInt64(5)),
            CreateTime = row.GetFieldValue<DateTimeOffset>(6),
            UpdateTime = row.GetFieldValue<DateTimeOffset>(7),
        };
}
