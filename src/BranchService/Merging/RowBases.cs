using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// What the base of a merge has of a row beside the records: what it shows, or what several rows come together to that
/// merges left beside each other; see <see cref="CrosswiseBase{TColumn, TValue}"/>. And what both sides decided about a
/// dataset or a stream as a whole, which its own rows do not tell.
/// </summary>
internal static class RowBases
{
    private static readonly CrosswiseBase<string, string> Rule = new(TextRules.Instance);

    /// <param name="read">The cells of a row; null: it is deleted.</param>
    public static RowState<string, string> BaseOf(
        this DivergedRow row,
        Func<VersionedSide?, IReadOnlyDictionary<string, string>?> read
    ) => row.Crosswise.Count > 0 ? row.JoinBase(read) : new(row.Base?.Version ?? default, read(row.Base));

    /// <summary>What the rows that lie beside each other come together to.</summary>
    private static RowState<string, string> JoinBase(
        this DivergedRow row,
        Func<VersionedSide, IReadOnlyDictionary<string, string>?> read
    ) =>
        Rule.Find([
            .. row.Crosswise.Select(seen => new SeenRow<string, string>(
                seen.Timeline,
                seen.Side.Version,
                read(seen.Side),
                seen.Saw
            )),
        ]);

    /// <summary>A base that does not say whether there is a row.</summary>
    public static RowState<string, string> Open(DivergedRow row) =>
        new(row.Base?.Version ?? default, null) { IsOpen = true };

    /// <summary>
    /// Whether it is gone at the base, and one side has it again while the other deleted it once more: one branch had
    /// deleted what another wrote to, and both sides of this merge chose, otherwise. Of datasets and streams.
    /// </summary>
    public static bool IsDecidedTwice(DivergedRow row) =>
        row is { Base.IsLive: false, Sides: DivergedSides.Both, Source: { } source, Target: { } target }
        && source.IsLive != target.IsLive
        // A revert takes a side from behind the base, which decided nothing.
        && source.Version > row.Base.Version
        && target.Version > row.Base.Version;

    /// <summary>
    /// Datasets, or streams, of one name at the base, which no branch shows, of which each side kept another: both
    /// would go. The rule for two of one name settles it again.
    /// </summary>
    public static HashSet<DivergedRow> FindKeptByEach(IEnumerable<DivergedRow> rows) =>
        [
            .. rows.Where(row => row.Base is { IsLive: true } && IsLive(row.Source) != IsLive(row.Target))
                .GroupBy(row => row.Base!.Columns["name"]!.GetValue<string>(), StringComparer.Ordinal)
                .Where(named => named.Any(row => IsLive(row.Source)) && named.Any(row => IsLive(row.Target)))
                .SelectMany(named => named),
        ];

    private static bool IsLive(VersionedSide? side) => side is { IsLive: true };
}
