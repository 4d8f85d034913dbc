using Dendrite.Storage.Commits;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Records;

/// <summary>Reads what became of one record: who changed it, when, in which branch, from what. Thread-safe.</summary>
public sealed class RecordHistory(PlatformDatabase database)
{
    /// <summary>Versions that a merge saw which are named; of more, the newest.</summary>
    private const int MaxSeen = 400;

    /// <summary>
    /// The versions of a record that a snapshot sees, newest first, fewer than the limit where they are large. One
    /// round trip; costs one index probe, a look at each version of the key down to the last one returned, and for each
    /// of these the vector of its line, for a merge those of both sides and another look at the versions below it.
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
                SELECT {CommitRow.Columns}, saw.versions, {RecordSql.Columns}, replaced.*
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
                LEFT JOIN LATERAL (
                    WITH side AS MATERIALIZED (
                        SELECT owners, through FROM branching.seen_by_commit(stored.timeline_id, stored.version)
                    )
                    SELECT array_agg(seen.version) AS versions
                    FROM (
                        SELECT known.version FROM records.row AS known
                        WHERE c.kind = 'merge' AND known.project_id = @project AND known.dataset_id = @dataset
                            AND known.key = @key AND known.version < stored.version
                            AND EXISTS (
                                SELECT FROM side WHERE {RecordSql.Sees("known", "side.owners", "side.through")})
                        ORDER BY known.version DESC
                        LIMIT @seen
                    ) AS seen
                ) AS saw ON true
                ORDER BY stored.version DESC
                """
            )
            .With("project", view.Project.Value)
            .With("dataset", record.Dataset.Value)
            .With("key", record.Key.ToArray())
            .With("before", before?.Value ?? long.MaxValue)
            .With("limit", left)
            .With("seen", MaxSeen)
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
        )
        {
            Seen = row.IsDBNull(ordinal - 1)
                ? []
                : [.. row.GetFieldValue<long[]>(ordinal - 1).Select(version => new CommitVersion(version))],
        };
    }
}

/// <summary>One version of a record and the commit that wrote it.</summary>
/// <param name="Before">
/// The record as its writer saw it just before: in its own branch, whatever others wrote meanwhile. Null where there
/// was none.
/// </param>
public sealed record RecordVersion(StoredRecord Record, CommitRecord Commit, StoredRecord? Before)
{
    /// <summary>
    /// Which versions of the record a merge brought together, those of both sides; empty for any other commit.
    /// </summary>
    public IReadOnlyList<CommitVersion> Seen { get; init; } = [];
}
