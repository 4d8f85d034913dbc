using System.Globalization;
using Dendrite.Versioning;

namespace Dendrite.Storage.Records;

/// <summary>What a merge owes to scans.</summary>
/// <remarks>
/// Two sides wrote a key without seeing each other's row, so neither row says that it wins over the other. Once a
/// snapshot shows both, the winner must say so, or a scan would return two records of one key.
/// </remarks>
public static class MergedShadows
{
    /// <summary>
    /// Marks the winner of each key that both sides wrote beyond the base. Call it in the merge's transaction, after
    /// the target's vector shows both sides; rows that the merge's commit writes itself know what they hide.
    /// </summary>
    /// <param name="session">The merge's transaction.</param>
    /// <param name="view">Base, source and target before the merge.</param>
    /// <param name="merged">What the target sees after it.</param>
    /// <returns>How many rows were marked. One round trip; costs what diverged.</returns>
    public static async Task<long> MarkAsync(
        ProjectSession session,
        DivergedView view,
        Snapshot merged,
        CancellationToken cancellationToken
    )
    {
        await using var batch = session.CreateBatch();
        // Locked in key order, so that merges in opposite directions wait for each other and never in a circle.
        var command = batch.Add(
            $"""
            WITH {DivergedRecords.Touched}, winner AS MATERIALIZED (
                SELECT winner.dataset_id, winner.key, winner.version
                FROM touched
                CROSS JOIN LATERAL (
                    {RecordSql.Winner("touched.dataset_id", "touched.key", VectorNames.Plain)}
                ) AS winner
                WHERE touched.sides = {((int)DivergedSides.Both).ToString(CultureInfo.InvariantCulture)}
                    AND NOT winner.shadows
            ), locked AS MATERIALIZED (
                SELECT stored.dataset_id, stored.key, stored.version
                FROM winner
                JOIN records.row AS stored ON stored.project_id = @project
                    AND stored.dataset_id = winner.dataset_id AND stored.key = winner.key
                    AND stored.version = winner.version
                ORDER BY stored.dataset_id, stored.key
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
        DivergedRecords.Bind(command, view).With(merged);
        return await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.ReadAsync(token);
                return reader.GetInt64(0);
            },
            cancellationToken
        );
    }
}
