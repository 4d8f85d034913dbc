using System.Globalization;
using Dendrite.Storage.Commits;
using Dendrite.Versioning;

namespace Dendrite.Storage.Records;

/// <summary>What a merge owes to scans.</summary>
/// <remarks>
/// Two sides wrote a key without seeing each other's row, so neither row says that it wins over the other. Once a
/// snapshot shows both, the winner must say so, or a scan would return two records of one key. Which row wins depends
/// on how much of both sides a snapshot shows: the merge base of two later branches may show less of each than this
/// merge does. So every row of the key beyond the base is marked, not only the one that wins now; and whenever two
/// rows come together for the first time, each is beyond the base of that merge, on a side of its own.
/// </remarks>
public static class MergedShadows
{
    private static readonly VectorNames MergedVector = new("merged_");

    /// <summary>SQL for <see cref="DivergedSides.Both"/>.</summary>
    internal static readonly string BothSides = ((int)DivergedSides.Both).ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// Marks the rows of each key that both sides wrote beyond the base. Call it in the merge's transaction; rows that
    /// the merge's commit writes itself know what they hide.
    /// </summary>
    /// <param name="session">The merge's transaction.</param>
    /// <param name="view">Base, source and target before the merge.</param>
    /// <returns>How many rows were marked. One round trip; costs what diverged.</returns>
    public static async Task<long> MarkAsync(
        ProjectSession session,
        DivergedView view,
        CancellationToken cancellationToken
    )
    {
        await using var batch = session.CreateBatch();
        // Locked in key order, so that merges in opposite directions wait for each other and never in a circle.
        var command = batch.Add(
            $"""
            WITH {DivergedRecords.Touched}, beyond AS MATERIALIZED (
                SELECT * FROM branching.diverged(@source_lines, @source_bases, @source_tops)
                    AS side (timeline_id, base_version, top_version)
                UNION ALL
                SELECT * FROM branching.diverged(@target_lines, @target_bases, @target_tops)
                    AS side (timeline_id, base_version, top_version)
            ), locked AS MATERIALIZED (
                SELECT stored.dataset_id, stored.key, stored.version
                FROM touched
                JOIN records.row AS stored ON stored.project_id = @project
                    AND stored.dataset_id = touched.dataset_id AND stored.key = touched.key
                WHERE touched.sides = {BothSides}
                    AND NOT stored.shadows
                    AND EXISTS (
                        SELECT FROM beyond
                        WHERE beyond.timeline_id = stored.timeline_id
                            AND stored.version > beyond.base_version AND stored.version <= beyond.top_version)
                ORDER BY stored.dataset_id, stored.key, stored.version
                FOR NO KEY UPDATE OF stored
            ), marked AS (
                UPDATE records.row AS stored SET shadows = true
                FROM locked
                WHERE stored.project_id = @project AND stored.dataset_id = locked.dataset_id
                    AND stored.key = locked.key AND stored.version = locked.version
                RETURNING 1
            )
            SELECT count(*) FROM marked
            """
        );
        DivergedRecords.Bind(command, view);
        return await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.ReadAsync(token);
                return reader.GetInt64(0);
            },
            cancellationToken
        );
    }

    /// <summary>
    /// Does the same for one timeline only, which nobody else reads: of each key that both sides wrote, what wins is
    /// written to it once more, and hides the others. No row of either side is locked or changed. Call it behind the
    /// commit door, when the commit's own rows are written.
    /// </summary>
    /// <param name="session">The transaction whose commit it is.</param>
    /// <param name="timeline">The timeline.</param>
    /// <param name="view">Base, source and target before the merge.</param>
    /// <param name="merged">What the timeline sees, but for its own rows.</param>
    /// <param name="cancellationToken">Stops the statement.</param>
    /// <remarks>One round trip; costs what diverged.</remarks>
    public static async Task RestateAsync(
        ProjectSession session,
        TimelineId timeline,
        DivergedView view,
        Snapshot merged,
        CancellationToken cancellationToken
    )
    {
        await using var batch = session.CreateBatch();
        var command = batch
            .Add(
                $"""
                WITH {DivergedRecords.Touched}
                INSERT INTO records.row (
                    project_id, dataset_id, key, version, timeline_id, shadows, document, digest)
                SELECT @project, winner.dataset_id, winner.key, {CommitDoor.Version}, @timeline, true,
                    winner.document, winner.digest
                FROM touched
                CROSS JOIN LATERAL ({RecordSql.Winner("touched.dataset_id", "touched.key", MergedVector)}) AS winner
                WHERE touched.sides = {BothSides} AND NOT winner.shadows
                -- What the commit says of the key itself stands.
                ON CONFLICT DO NOTHING
                """
            )
            .With("timeline", timeline.Value);
        MergedVector.Bind(DivergedRecords.Bind(command, view), merged);
        await batch.ExecuteAsync(cancellationToken);
    }
}
