using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Records;

/// <summary>A version of a record in a merge base, and what its writer saw of the record.</summary>
/// <param name="Document">Null: the record was deleted.</param>
/// <param name="Saw">Of each timeline that wrote the record, the newest version that the writer saw.</param>
public sealed record SeenRecord(
    TimelineId Timeline,
    CommitVersion Version,
    ReadOnlyMemory<byte>? Document,
    Snapshot Saw
);

/// <summary>
/// Finds the records of which a merge base sees versions that no commit in it brought together, since merges went
/// crosswise: then the newest is not what the base has. Thread-safe.
/// </summary>
public sealed class CrosswiseRecords(PlatformDatabase database)
{
    /// <summary>
    /// Versions of one record that are looked back through: what merges that crossed have in common is near their
    /// heads, and a record may have been written every second for a year. The newest of each timeline is there as well:
    /// nothing that lies over it may have seen it.
    /// </summary>
    private const int MaxVersions = 200;

    /// <summary>
    /// Characters of documents of one record that are looked back through: callers hold those of many records at once.
    /// </summary>
    private const int MaxLength = 4 << 20;

    /// <summary>
    /// Timelines of a base of which it is asked whether they took in all of a record: the ones that were written last.
    /// </summary>
    private const int MaxHeads = 32;

    private static readonly VectorNames BaseVector = new("base_");

    private static readonly string Select = $"""
        WITH asked AS MATERIALIZED (
            SELECT * FROM unnest(@datasets, @keys, @versions, @timelines) WITH ORDINALITY
                AS asked (dataset_id, key, version, timeline_id, place)
        ), newest AS MATERIALIZED (
            SELECT asked.place, stored.project_id, stored.timeline_id, max(stored.version) AS version
            FROM asked
            JOIN records.row AS stored ON stored.project_id = @project AND stored.dataset_id = asked.dataset_id
                AND stored.key = asked.key AND {RecordSql.Sees("stored", BaseVector)}
            GROUP BY asked.place, stored.project_id, stored.timeline_id
        ), shown AS MATERIALIZED (
            SELECT head.timeline_id, saw.owners, saw.through
            FROM unnest(@shown_timelines, @shown_versions) AS head (timeline_id, version)
            CROSS JOIN LATERAL branching.seen_by_commit(head.timeline_id, head.version) AS saw
        ), crossed AS MATERIALIZED (
            SELECT asked.place, asked.dataset_id, asked.key
            FROM asked
            WHERE EXISTS (
                SELECT FROM newest
                WHERE newest.place = asked.place AND newest.timeline_id <> asked.timeline_id
                    AND NOT EXISTS (
                        SELECT FROM branching.seen_by_commit(asked.timeline_id, asked.version) AS saw
                        WHERE {RecordSql.Sees("newest", "saw.owners", "saw.through")}))
                AND NOT EXISTS (
                    SELECT FROM unnest(@shown_timelines, @shown_versions) AS head (timeline_id, version)
                    WHERE NOT EXISTS (
                        SELECT FROM newest
                        WHERE newest.place = asked.place
                            AND (newest.timeline_id <> head.timeline_id OR newest.version > head.version)
                            AND NOT EXISTS (
                                SELECT FROM shown
                                WHERE shown.timeline_id = head.timeline_id
                                    AND {RecordSql.Sees("newest", "shown.owners", "shown.through")})))
        )
        SELECT crossed.place, known.timeline_id, known.version, known.document, below.timelines, below.versions
        FROM crossed
        CROSS JOIN LATERAL (
            SELECT latest.timeline_id, latest.version, latest.document
            FROM (
                SELECT stored.timeline_id, stored.version, stored.document,
                    sum(length(stored.document::text)) OVER (ORDER BY stored.version DESC) AS through
                FROM records.row AS stored
                WHERE stored.project_id = @project AND stored.dataset_id = crossed.dataset_id
                    AND stored.key = crossed.key AND {RecordSql.Sees("stored", BaseVector)}
                ORDER BY stored.version DESC
                LIMIT @limit
            ) AS latest
            WHERE coalesce(latest.through, 0) <= @length
            UNION
            SELECT stored.timeline_id, stored.version, stored.document
            FROM newest
            JOIN records.row AS stored ON stored.project_id = @project AND stored.dataset_id = crossed.dataset_id
                AND stored.key = crossed.key AND stored.version = newest.version
                AND stored.timeline_id = newest.timeline_id
            WHERE newest.place = crossed.place
        ) AS known
        CROSS JOIN LATERAL (
            SELECT array_agg(newest.timeline_id) AS timelines, array_agg(newest.version) AS versions
            FROM (
                SELECT stored.timeline_id, max(stored.version) AS version
                FROM branching.seen_by_commit(known.timeline_id, known.version) AS saw
                JOIN records.row AS stored
                    ON stored.project_id = @project AND stored.dataset_id = crossed.dataset_id
                    AND stored.key = crossed.key AND stored.version < known.version
                    AND {RecordSql.Sees("stored", "saw.owners", "saw.through")}
                GROUP BY stored.timeline_id
            ) AS newest
        ) AS below
        """;

    /// <summary>
    /// The newest versions that the base sees, in the order of the records; none of a record whose base is what the
    /// newest says. One round trip, and none where no record is asked for.
    /// </summary>
    /// <param name="view">The sides of the merge.</param>
    /// <param name="records">Those whose <see cref="DivergedRecord.IsBaseShadowing"/> is set.</param>
    public Task<IReadOnlyList<IReadOnlyList<SeenRecord>>> ListAsync(
        DivergedView view,
        IReadOnlyList<DivergedRecord> records,
        CancellationToken cancellationToken
    )
    {
        var heads = view.Base.Entries.OrderByDescending(entry => entry.Through).Take(MaxHeads);
        return ListAsync(view, records, [.. heads], cancellationToken);
    }

    /// <summary>
    /// The same of a dataset that the base shows deleted: who took in all of a record there has not shown it.
    /// </summary>
    public Task<IReadOnlyList<IReadOnlyList<SeenRecord>>> ListUnshownAsync(
        DivergedView view,
        IReadOnlyList<DivergedRecord> records,
        CancellationToken cancellationToken
    ) => ListAsync(view, records, [], cancellationToken);

    private async Task<IReadOnlyList<IReadOnlyList<SeenRecord>>> ListAsync(
        DivergedView view,
        IReadOnlyList<DivergedRecord> records,
        IReadOnlyList<SnapshotEntry> heads,
        CancellationToken cancellationToken
    )
    {
        var found = records.Select(_ => new List<SeenRecord>()).ToArray();
        if (records.Count == 0)
        {
            return found;
        }

        await using var batch = (view.Session?.CreateBatch() ?? database.CreateBatch(view.Project)).Use(
            PlannerSettings.ByKey
        );
        var command = batch
            .Add(Select)
            .With("project", view.Project.Value)
            .With("datasets", records.Select(record => record.Dataset.Value).ToArray())
            .With("keys", records.Select(record => record.Key.ToArray()).ToArray())
            .With("versions", records.Select(record => record.Base!.Version.Value).ToArray())
            .With("timelines", records.Select(record => record.Base!.Timeline.Value).ToArray())
            .With("limit", MaxVersions)
            .With("length", (long)MaxLength);
        command.With("shown_timelines", heads.Select(head => head.Timeline.Value).ToArray());
        command.With("shown_versions", heads.Select(head => head.Through.Value).ToArray());
        BaseVector.Bind(command, view.Base);
        foreach (var (place, seen) in await batch.ReadRowsAsync(Read, cancellationToken))
        {
            found[place - 1].Add(seen);
        }

        return found;
    }

    /// <summary>Reads what a writer saw: timelines at an ordinal, versions behind it; nulls where nothing.</summary>
    internal static Snapshot ReadSaw(NpgsqlDataReader row, int ordinal)
    {
        var timelines = row.IsDBNull(ordinal) ? [] : row.GetFieldValue<long[]>(ordinal);
        var versions = row.IsDBNull(ordinal + 1) ? [] : row.GetFieldValue<long[]>(ordinal + 1);
        return Snapshot.Of(
            timelines.Zip(versions, (timeline, version) => new SnapshotEntry(new(timeline), new(version)))
        );
    }

    private static (long Place, SeenRecord Seen) Read(NpgsqlDataReader row) =>
        (row.GetInt64(0), new(new(row.GetInt64(1)), new(row.GetInt64(2)), RecordSql.Document(row, 3), ReadSaw(row, 4)));
}
