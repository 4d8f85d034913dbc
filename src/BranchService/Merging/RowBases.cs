using Dendrite.Storage.Merging;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// What the base of a merge has of a row beside the records: what it shows, or what several rows come together to that
/// merges left beside each other; see <see cref="CrosswiseBase{TColumn, TValue}"/>.
/// </summary>
internal static class RowBases
{
    private static readonly CrosswiseBase<string, string> Rule = new(TextRules.Instance);

    /// <param name="read">The cells of a row; null: it is deleted.</param>
    public static RowState<string, string> BaseOf(
        this DivergedRow row,
        Func<VersionedSide?, IReadOnlyDictionary<string, string>?> read
    ) => row.Crosswise.Count > 0 ? row.JoinBase(Rule, read) : new(row.Base?.Version ?? default, read(row.Base));

    /// <summary>What the rows that lie beside each other come together to.</summary>
    public static RowState<string, string> JoinBase(
        this DivergedRow row,
        CrosswiseBase<string, string> rule,
        Func<VersionedSide, IReadOnlyDictionary<string, string>?> read
    ) =>
        rule.Find([
            .. row.Crosswise.Select(seen => new SeenRow<string, string>(
                seen.Timeline,
                seen.Side.Version,
                read(seen.Side),
                seen.Saw
            )),
        ]);
}
