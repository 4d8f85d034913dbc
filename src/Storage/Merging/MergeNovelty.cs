using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.Storage.Merging;

/// <summary>
/// Tells whether a source has anything to see that its target does not. Branches that are merged back and forth differ
/// by the commits of their merges, and each merge of these would leave another. Thread-safe.
/// </summary>
public sealed class MergeNovelty(PlatformDatabase database, SnapshotAligner aligner)
{
    private static readonly string[] Tables =
    [
        "records.row",
        VersionedTable.Dataset.Name,
        "signals.append",
        .. VersionedTable.OfSignals.Select(table => table.Name),
    ];

    private static readonly string Select = $"""
        WITH beyond AS MATERIALIZED (
            SELECT * FROM branching.diverged(@source_lines, @source_bases, @source_tops)
                AS beyond (timeline_id, base_version, top_version)
        ), merges AS MATERIALIZED (
            SELECT NOT EXISTS (
                SELECT FROM beyond JOIN branching.commit AS stored ON {DivergedRows.IsBeyond}
                WHERE stored.kind <> 'merge') AS are_all
        )
        SELECT merges.are_all AND NOT EXISTS (
            SELECT FROM merges CROSS JOIN ({string.Join(" UNION ALL ", Tables.Select(Written))}) AS written
            WHERE merges.are_all)
        FROM merges
        """;

    /// <summary>
    /// Whether what the source sees beyond the base are merges alone that wrote nothing, and the target has shown the
    /// base. Then the target shows all that the source does, and no later base needs these commits: each has the rows
    /// that it would have, and a state of the target that brought them together. Where merges went crosswise the base
    /// is no such state, and that the target takes in the source's, which is one, keeps rows from being in conflict
    /// once more. At most four round trips; one where there is a commit that is no merge.
    /// </summary>
    /// <param name="heads">In one form.</param>
    public async Task<bool> IsNothingAsync(ProjectId project, MergeHeads heads, CancellationToken cancellationToken) =>
        heads.Order switch
        {
            SnapshotOrder.Equal or SnapshotOrder.Before => true,
            _ => await WroteNothingAsync(heads.ViewOf(project), cancellationToken)
                && await HasShownBaseAsync(project, heads, cancellationToken),
        };

    private async Task<bool> WroteNothingAsync(DivergedView view, CancellationToken cancellationToken)
    {
        await using var batch = view.CreateBatch(database);
        DivergedRecords.Bind(batch.Add(Select), view);
        return (await batch.ReadRowsAsync(row => row.GetBoolean(0), cancellationToken))[0];
    }

    private async Task<bool> HasShownBaseAsync(ProjectId project, MergeHeads heads, CancellationToken cancellationToken)
    {
        var common = heads.Base;
        if (common.Equals(heads.Target.Snapshot))
        {
            return true;
        }

        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT line.owner_timeline_id, line.through_version
                FROM branching.line_as_of(@timeline, @version) AS line
                """
            )
            .With("timeline", heads.Target.Timeline.Value)
            .With("version", common.Entries.Select(entry => entry.Through.Value).DefaultIfEmpty().Max());
        var entries = await batch.ReadRowsAsync(
            row => new SnapshotEntry(new(row.GetInt64(0)), new(row.GetInt64(1))),
            cancellationToken
        );
        var (shown, seen) = await aligner.AlignAsync(project, Snapshot.Of(entries), common, cancellationToken);
        return shown.Equals(seen);
    }

    private static string Written(string table) =>
        $"(SELECT FROM beyond JOIN {table} AS stored ON {DivergedRows.IsBeyond} LIMIT 1)";
}
