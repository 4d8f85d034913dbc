using System.Text.Json.Nodes;
using Dendrite.Storage.Records;
using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Merging;

/// <summary>A version of a row in a merge base, and what its writer saw of the row.</summary>
/// <param name="Saw">Of each timeline that wrote the row, the newest version that the writer saw.</param>
public sealed record SeenVersion(TimelineId Timeline, VersionedSide Side, Snapshot Saw);

/// <summary>
/// Reads the versions that a merge base sees of rows which merges that went crosswise left beside each other there. As
/// <see cref="CrosswiseRecords"/>, for tables beside records. Thread-safe.
/// </summary>
internal sealed class CrosswiseRows(PlatformDatabase database)
{
    /// <summary>Rows of one round trip; each comes with its versions in the base.</summary>
    private const int PageSize = 500;

    /// <summary>
    /// Versions of one row that are looked back through, beside each timeline's newest, as of records.
    /// </summary>
    private const int MaxVersions = 200;

    private static readonly VectorNames BaseVector = new("base_");

    /// <summary>The rows, with what the base sees of those that are crossed. No round trip where none is.</summary>
    /// <param name="rows">Of one table.</param>
    public async Task<IReadOnlyList<DivergedRow>> AddAsync(
        DivergedView view,
        IReadOnlyList<(DivergedRow Row, bool IsCrossed)> rows,
        CancellationToken cancellationToken
    )
    {
        var result = rows.Select(row => row.Row).ToArray();
        foreach (var page in Enumerable.Range(0, rows.Count).Where(i => rows[i].IsCrossed).Chunk(PageSize))
        {
            var keys = new JsonArray([.. page.Select(i => result[i].Base!.Columns.DeepClone())]);
            await using var batch = view.CreateBatch(database);
            var command = batch
                .Add(Select(result[page[0]].Table))
                .With("project", view.Project.Value)
                .With("keys", NpgsqlDbType.Jsonb, keys.ToJsonString())
                .With("limit", MaxVersions);
            BaseVector.Bind(command, view.Base);
            var found = (await batch.ReadRowsAsync(Read, cancellationToken)).ToLookup(
                seen => seen.Place,
                seen => seen.Seen
            );
            for (var i = 0; i < page.Length; i++)
            {
                result[page[i]] = result[page[i]] with { Crosswise = [.. found[i + 1]] };
            }
        }

        return result;
    }

    private static string Select(VersionedTable table) =>
        $"""
            WITH touched AS MATERIALIZED (
                SELECT element.place, named.*
                FROM jsonb_array_elements(@keys) WITH ORDINALITY AS element (value, place)
                CROSS JOIN LATERAL jsonb_populate_record(NULL::{table.Name}, element.value) AS named
            )
            SELECT touched.place, known.timeline_id, below.timelines, below.versions, known.version, known.row::text
            FROM touched
            CROSS JOIN LATERAL (
                SELECT ranked.timeline_id, ranked.version, to_jsonb(ranked.stored) AS row
                FROM (
                    SELECT stored, stored.timeline_id, stored.version,
                        row_number() OVER (ORDER BY stored.version DESC) AS of_all,
                        row_number() OVER (PARTITION BY stored.timeline_id ORDER BY stored.version DESC) AS of_timeline
                    FROM {DivergedRows.Seen(table, BaseVector.Owners, BaseVector.Through)} AND {table.IsTouched}
                ) AS ranked
                WHERE ranked.of_all <= @limit OR ranked.of_timeline = 1
            ) AS known
            CROSS JOIN LATERAL (
                SELECT array_agg(newest.timeline_id) AS timelines, array_agg(newest.version) AS versions
                FROM (
                    SELECT seen_row.timeline_id, max(seen_row.version) AS version
                    FROM branching.seen_by_commit(known.timeline_id, known.version) AS saw
                    CROSS JOIN LATERAL (
                        SELECT stored.timeline_id, stored.version
                        FROM {DivergedRows.Seen(table, "saw.owners", "saw.through")} AND {table.IsTouched}
                            AND stored.version < known.version
                    ) AS seen_row
                    GROUP BY seen_row.timeline_id
                ) AS newest
            ) AS below
            """;

    private static (long Place, SeenVersion Seen) Read(NpgsqlDataReader row) =>
        (row.GetInt64(0), new(new(row.GetInt64(1)), DivergedRows.ReadSide(row, 4)!, CrosswiseRecords.ReadSaw(row, 2)));
}
