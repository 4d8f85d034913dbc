using System.Text.Json.Nodes;
using Dendrite.Errors;
using Dendrite.Storage.Records;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Merging;

/// <summary>A row of a versioned table on the three sides of a merge.</summary>
public sealed record DivergedRow(
    VersionedTable Table,
    VersionedSide? Base,
    VersionedSide? Source,
    VersionedSide? Target
)
{
    /// <summary>Which sides have rows of the key beyond the base.</summary>
    public DivergedSides Sides { get; init; }

    /// <summary>
    /// The newest versions that the base sees, where both sides wrote the row and merges that went crosswise left some
    /// beside each other: then the base is what these come together to. Else empty, and it is what it shows.
    /// </summary>
    public IReadOnlyList<SeenVersion> Crosswise { get; init; } = [];
}

/// <summary>A row as one side sees it, all its columns.</summary>
public sealed record VersionedSide(CommitVersion Version, JsonObject Columns)
{
    /// <summary>Whether it is there on this side: not deleted. For tables whose rows are named.</summary>
    public bool IsLive => !Columns["deleted"]!.GetValue<bool>();
}

/// <summary>
/// Finds definitions, descriptors, anchors and annotations that two snapshots may see differently, from what was
/// written beyond their base and from nothing else: no sample and no block is looked at. Thread-safe.
/// </summary>
public sealed partial class DivergedRows(PlatformDatabase database)
{
    internal const string IsBeyond = """
        stored.project_id = @project AND stored.timeline_id = beyond.timeline_id
            AND stored.version > beyond.base_version AND stored.version <= beyond.top_version
        """;

    /// <summary>
    /// The rows of a table with rows beyond the base on either side, by key. One round trip; where merges went
    /// crosswise another for every 500 rows whose base several writers left.
    /// </summary>
    /// <exception cref="DendriteException">QUOTA_EXCEEDED: there are more than <paramref name="limit"/>.</exception>
    public async Task<IReadOnlyList<DivergedRow>> ListAsync(
        DivergedView view,
        VersionedTable table,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = view.CreateBatch(database);
        var command = DivergedRecords.Bind(batch.Add(Select(table)), view).With("limit", limit + 1);
        Bind(command, "base", view.Base);
        Bind(command, "source", view.Source);
        Bind(command, "target", view.Target);
        var rows = await batch.ReadRowsAsync(
            row =>
                (
                    Row: new DivergedRow(table, ReadSide(row, 2), ReadSide(row, 4), ReadSide(row, 6))
                    {
                        Sides = (DivergedSides)row.GetInt32(0),
                    },
                    IsCrossed: row.GetBoolean(1)
                ),
            cancellationToken
        );
        return rows.Count <= limit
            ? await new CrosswiseRows(database).AddAsync(view, rows, cancellationToken)
            : throw new DendriteException(
                ErrorReason.QuotaExceeded,
                $"More than {limit} rows of {table.Title} differ from what both sides go back to, which is the most "
                    + "that one merge or revert goes through: merge earlier versions of either branch into the other "
                    + "first (source_point), fewer changes at a time; in the place of a revert, reset the branch."
            );
    }

    /// <summary>The newest visible rows of a table with a key of one number. One round trip.</summary>
    public async Task<IReadOnlyDictionary<long, VersionedSide>> FindAsync(
        RecordView view,
        VersionedTable table,
        IReadOnlyCollection<long> ids,
        CancellationToken cancellationToken
    )
    {
        if (ids.Count == 0)
        {
            return new Dictionary<long, VersionedSide>();
        }

        await using var batch = (view.Session?.CreateBatch() ?? database.CreateBatch(view.Project)).Use(
            PlannerSettings.Once
        );
        batch
            .Add(
                $"""
                SELECT touched.{table.Keys[0]}, side.version, side.row::text
                FROM unnest(@ids) AS touched ({table.Keys[0]}) {Winner(table, "side")}
                WHERE side.version IS NOT NULL
                """
            )
            .With("project", view.Project.Value)
            .With("ids", ids.ToArray())
            .With("side_owners", view.Snapshot.Entries.Select(entry => entry.Timeline.Value).ToArray())
            .With("side_through", view.Snapshot.Entries.Select(entry => entry.Through.Value).ToArray());
        var rows = await batch.ReadRowsAsync(row => (Id: row.GetInt64(0), Side: ReadSide(row, 1)!), cancellationToken);
        return rows.ToDictionary(row => row.Id, row => row.Side);
    }

    /// <summary>
    /// The newest visible rows of the keys of others, in their order; null where there is none. One round trip.
    /// </summary>
    /// <param name="others">Rows of one table.</param>
    public Task<IReadOnlyList<VersionedSide?>> FindByKeyAsync(
        RecordView view,
        IReadOnlyList<DivergedRow> others,
        CancellationToken cancellationToken
    ) =>
        others.Count == 0
            ? Task.FromResult<IReadOnlyList<VersionedSide?>>([])
            : FindByKeyAsync(
                view,
                others[0].Table,
                [.. others.Select(row => (row.Target ?? row.Source ?? row.Base)!.Columns)],
                cancellationToken
            );

    /// <summary>The newest visible rows of keys, in their order; null where there is none. One round trip.</summary>
    /// <param name="keys">Objects with at least the columns of the table's key, as <c>to_jsonb</c> has them.</param>
    public async Task<IReadOnlyList<VersionedSide?>> FindByKeyAsync(
        RecordView view,
        VersionedTable table,
        IReadOnlyCollection<JsonObject> keys,
        CancellationToken cancellationToken
    )
    {
        await using var batch = view.CreateBatch(database);
        batch
            .Add(
                $"""
                SELECT coalesce(side.version, 0), side.row::text
                FROM jsonb_array_elements(@keys) WITH ORDINALITY AS element (value, place)
                CROSS JOIN LATERAL jsonb_populate_record(NULL::{table.Name}, element.value) AS touched
                {Winner(table, "side")}
                ORDER BY element.place
                """
            )
            .With("project", view.Project.Value)
            .With(
                "keys",
                NpgsqlTypes.NpgsqlDbType.Jsonb,
                new JsonArray([.. keys.Select(key => key.DeepClone())]).ToJsonString()
            )
            .With("side_owners", view.Snapshot.Entries.Select(entry => entry.Timeline.Value).ToArray())
            .With("side_through", view.Snapshot.Entries.Select(entry => entry.Through.Value).ToArray());
        return await batch.ReadRowsAsync(row => row.IsDBNull(1) ? null : ReadSide(row, 0), cancellationToken);
    }

    /// <summary>The live dataset of that name; null where there is none. One round trip.</summary>
    public async Task<VersionedSide?> FindNamedAsync(RecordView view, string name, CancellationToken cancellationToken)
    {
        var dataset = await new DatasetStore(database).FindAsync(view, name, cancellationToken);
        if (dataset is null)
        {
            return null;
        }

        var found = await FindAsync(view, VersionedTable.Dataset, [dataset.Id.Value], cancellationToken);
        return found[dataset.Id.Value];
    }

    private static string Select(VersionedTable table) =>
        $"""
            WITH touched AS (
                SELECT {table.KeyColumns("written")}, bit_or(written.side) AS sides
                FROM ({Written(table, "source", 1)} UNION ALL {Written(table, "target", 2)}) AS written
                GROUP BY {table.KeyColumns("written")}
            )
            SELECT touched.sides, {IsCrossed(table)}, base.version, base.row::text,
                source.version, source.row::text, target.version, target.row::text
            FROM touched
            {Winner(table, "base")} {Winner(table, "source")} {Winner(table, "target")}
            ORDER BY {table.KeyColumns("touched")}
            LIMIT @limit
            """;

    /// <summary>
    /// Whether both sides wrote the row, and who wrote what the base shows had not seen all that lies below it there.
    /// </summary>
    private static string IsCrossed(VersionedTable table) =>
        $"""
            CASE WHEN touched.sides = {MergedShadows.BothSides} THEN EXISTS (
                SELECT FROM {Seen(table, "@base_owners", "@base_through")} AND {table.IsTouched}
                    AND stored.version < base.version AND stored.timeline_id <> base.timeline_id
                    AND NOT EXISTS (
                        SELECT FROM branching.seen_by_commit(base.timeline_id, base.version) AS saw
                        WHERE {RecordSql.Sees("stored", "saw.owners", "saw.through")})
            ) ELSE false END
            """;

    private static string Written(VersionedTable table, string side, int bit) =>
        $"""
            SELECT {table.KeyColumns("stored")}, {bit} AS side
            FROM {Beyond(side)}
            JOIN {table.Name} AS stored ON {IsBeyond}
            """;

    private static string Beyond(string side) =>
        $"""
            branching.diverged(@{side}_lines, @{side}_bases, @{side}_tops)
                AS beyond (timeline_id, base_version, top_version)
            """;

    private static string Winner(VersionedTable table, string side) =>
        $"""
            LEFT JOIN LATERAL (
                SELECT stored.timeline_id, stored.version, to_jsonb(stored) AS row
                FROM {Seen(table, $"@{side}_owners", $"@{side}_through")} AND {table.IsTouched}
                ORDER BY stored.version DESC
                LIMIT 1
            ) AS {side} ON true
            """;

    /// <summary>
    /// The rows that are seen, from the few timelines that hold the stream or from the rows themselves: never from all
    /// timelines that a snapshot sees, which are as many as experiments were merged.
    /// </summary>
    /// <param name="owners">SQL for an array of timelines.</param>
    /// <param name="through">SQL for an array of versions.</param>
    internal static string Seen(VersionedTable table, string owners, string through) =>
        table.IsOfSignals
            ? $"""
                signals.seen(touched.stream_id, {owners}, {through})
                    AS seen (timeline_id, through_version)
                JOIN {table.Name} AS stored ON stored.project_id = @project
                    AND stored.timeline_id = seen.timeline_id AND stored.version <= seen.through_version
                WHERE true
                """
            : $"""
                {table.Name} AS stored
                WHERE stored.project_id = @project AND {RecordSql.Sees("stored", owners, through)}
                """;

    private static void Bind(NpgsqlBatchCommand command, string side, Snapshot snapshot) =>
        command
            .With($"{side}_owners", snapshot.Entries.Select(entry => entry.Timeline.Value).ToArray())
            .With($"{side}_through", snapshot.Entries.Select(entry => entry.Through.Value).ToArray());

    internal static VersionedSide? ReadSide(NpgsqlDataReader row, int ordinal) =>
        row.IsDBNull(ordinal)
            ? null
            : new(new(row.GetInt64(ordinal)), JsonNode.Parse(row.GetString(ordinal + 1))!.AsObject());
}
