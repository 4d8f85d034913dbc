using Dendrite.Storage.Commits;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Records;

/// <summary>Reads what became of one record: who changed it, when, in which branch, from what. Thread-safe.</summary>
public sealed class RecordHistory(PlatformDatabase database)
{
    /// <summary>
    /// The versions of a record that a snapshot sees, newest first, fewer than the limit where they are large. One
    /// round trip; costs one index probe, a look at each version of the key down to the last one returned, and for each
    /// of these the vector of its line.
    /// </summary>
    /// <param name="before">Only versions below this one; null begins with the newest.</param>
    public async Task<RowPage<RecordVersion>> ListAsync(
        RecordView view,
        (DatasetId Dataset, ReadOnlyMemory<byte> Key) record,
        CommitVersion? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var (page, left) = (new RowPageBuilder<RecordVersion>(limit, SizeOf), limit + 1);
        await using var batch = view.CreateBatch(database);
        batch
            .Add(
                $"""
                SELECT {CommitRow.Columns}, {RecordSql.Columns}, replaced.*
                FROM (
                    SELECT stored.* FROM records.row AS stored
                    WHERE stored.project_id = @project AND stored.dataset_id = @dataset AND stored.key = @key
                        AND stored.version < @before AND {RecordSql.Sees("stored", VectorNames.Plain)}
                    ORDER BY stored.version DESC
                    LIMIT @limit
                ) AS stored
                JOIN branching.commit AS c ON c.project_id = @project AND c.version = stored.version
                {CommitRow.Joins}
                CROSS JOIN LATERAL (
                    SELECT array_agg(owner_timeline_id) AS owners, array_agg(through_version) AS through
                    FROM branching.line_as_of(stored.timeline_id, stored.version - 1)
                ) AS line_before
                LEFT JOIN LATERAL (
                    SELECT {RecordSql.Columns.Replace("stored.", "known.", StringComparison.Ordinal)}
                    FROM records.row AS known
                    WHERE known.project_id = @project AND known.dataset_id = @dataset AND known.key = @key
                        AND known.version < stored.version
                        AND {RecordSql.Sees("known", "line_before.owners", "line_before.through")}
                    ORDER BY known.version DESC
                    LIMIT 1
                ) AS replaced ON true
                ORDER BY stored.version DESC
                """
            )
            .With("project", view.Project.Value)
            .With("dataset", record.Dataset.Value)
            .With("key", record.Key.ToArray())
            .With("before", before?.Value ?? long.MaxValue)
            .With("limit", left)
            .With(view.Snapshot);
        await batch.TakeRowsAsync(
            row =>
            {
                left--;
                return page.TryAdd(Read(row));
            },
            () => page.AreFew(left),
            cancellationToken
        );
        return page.ToPage();
    }

    private static long SizeOf(RecordVersion version) =>
        StoredRecord.SizeOf(version.Record) + (version.Before is { } before ? StoredRecord.SizeOf(before) : 0);

    private static RecordVersion Read(NpgsqlDataReader row)
    {
        const int Columns = 4;
        var ordinal = row.FieldCount - (2 * Columns);
        var before = ordinal + Columns;
        return new(
            RecordSql.Read(row, ordinal),
            CommitRow.Read(row),
            row.IsDBNull(before) ? null : RecordSql.Read(row, before)
        );
    }
}

/// <summary>One version of a record and the commit that wrote it.</summary>
/// <param name="Before">
/// The record as its writer saw it just before: in its own branch, whatever others wrote meanwhile. Null where there
/// was none.
/// </param>
public sealed record RecordVersion(StoredRecord Record, CommitRecord Commit, StoredRecord? Before);
