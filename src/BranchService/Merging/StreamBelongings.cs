using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Finds streams whose anchors, annotations or masks a side changed: writing them touches neither the descriptor nor
/// the log of appends, and nobody sees them any more where the other side deleted their stream.
/// </summary>
internal static class StreamBelongings
{
    /// <summary>Rows of one table that are gone through at most.</summary>
    private const int MaxRows = 1_000_000;

    private static readonly RowMerger<string, string> Merger = new(TextRules.Instance);

    /// <summary>By value: what was written and taken back is no change. A round trip for each table.</summary>
    public static async Task<(HashSet<long> Source, HashSet<long> Target)> FindChangedAsync(
        DivergedRows rows,
        DivergedView view,
        CancellationToken cancellationToken
    )
    {
        var (source, target) = (new HashSet<long>(), new HashSet<long>());
        foreach (var table in VersionedTable.OfSignals.Where(table => table != VersionedTable.Stream))
        {
            foreach (var row in await rows.ListAsync(view, table, MaxRows, cancellationToken))
            {
                var atBase = row.BaseOf(side => CellsOf(table, side));
                AddChanged(source, row.Source);
                AddChanged(target, row.Target);

                void AddChanged(HashSet<long> changed, VersionedSide? side)
                {
                    var isChanged = atBase.SaysAll
                        ? !Merger.AreEqual(atBase.Cells, CellsOf(table, side))
                        : !AreEqual(table, row.Source, row.Target);
                    if (isChanged)
                    {
                        changed.Add((side ?? row.Base)!.Columns["stream_id"]!.GetValue<long>());
                    }
                }
            }
        }

        return (source, target);
    }

    /// <summary>Whether two versions of a row say the same.</summary>
    public static bool AreEqual(VersionedTable table, VersionedSide? one, VersionedSide? other) =>
        Merger.AreEqual(CellsOf(table, one), CellsOf(table, other));

    /// <summary>What a row says; null where it is not there or is deleted.</summary>
    public static Dictionary<string, string>? CellsOf(VersionedTable table, VersionedSide? side) =>
        side is null || side.Columns["deleted"]?.GetValue<bool>() == true
            ? null
            : side
                .Columns.Where(column => table.IsCell(column.Key) && column.Key != "deleted")
                .ToDictionary(column => column.Key, column => column.Value?.ToJsonString() ?? "null");
}
