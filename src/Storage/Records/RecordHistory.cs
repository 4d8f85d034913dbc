using Dendrite.Storage.Commits;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Records;

/// <summary>Reads what became of one record: who changed it, when, in which branch. Thread-safe.</summary>
public sealed class RecordHistory(PlatformDatabase database)
{
    /// <summary>
    /// The versions of a record that a snapshot sees, newest first. One round trip; costs one index probe and a look at
    /// each version of the key down to the last one returned.
    /// </summary>
    /// <param name="before">Only versions below this one; null begins with the newest.</param>
    public async Task<IReadOnlyList<RecordVersion>> ListAsync(
        RecordView view,
        (DatasetId Dataset, ReadOnlyMemory<byte> Key) record,
        CommitVersion? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = view.CreateBatch(database);
        batch
            .Add(
                $"""
                SELECT {RecordSql.Columns}, branch.name, made.commit_time, made.author, made.message, made.kind
                FROM (
                    SELECT stored.* FROM records.row AS stored
                    WHERE stored.project_id = @project AND stored.dataset_id = @dataset AND stored.key = @key
                        AND stored.version < @before AND {RecordSql.Sees("stored", VectorNames.Plain)}
                    ORDER BY stored.version DESC
                    LIMIT @limit
                ) AS stored
                JOIN branching.commit AS made ON made.project_id = @project AND made.version = stored.version
                JOIN branching.timeline AS line
                    ON line.project_id = @project AND line.timeline_id = stored.timeline_id
                JOIN branching.branch ON branch.project_id = @project AND branch.branch_id = line.branch_id
                ORDER BY stored.version DESC
                """
            )
            .With("project", view.Project.Value)
            .With("dataset", record.Dataset.Value)
            .With("key", record.Key.ToArray())
            .With("before", before?.Value ?? long.MaxValue)
            .With("limit", limit)
            .With(view.Snapshot);
        return await batch.ReadRowsAsync(Read, cancellationToken);
    }

    private static RecordVersion Read(NpgsqlDataReader row) =>
        new(
            RecordSql.Read(row),
            row.GetString(4),
            row.GetFieldValue<DateTimeOffset>(5),
            row.GetString(6),
            row.GetString(7),
            Enum.Parse<CommitKind>(row.GetString(8), ignoreCase: true)
        );
}

/// <summary>One version of a record and the commit that wrote it.</summary>
/// <param name="Branch">Name of the branch that it was written in.</param>
/// <param name="Time">When the commit was made.</param>
public sealed record RecordVersion(
    StoredRecord Record,
    string Branch,
    DateTimeOffset Time,
    string Author,
    string Message,
    CommitKind Kind
);
