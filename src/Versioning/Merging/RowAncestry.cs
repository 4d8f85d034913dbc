namespace Dendrite.Versioning.Merging;

/// <summary>One row of a key and the rows that it was written over.</summary>
/// <param name="Version">The commit that wrote it; a commit writes a key once, so this tells rows apart.</param>
/// <param name="Cells">Null: a deletion.</param>
/// <param name="Over">What its writer saw: one row, of a merge both sides'; none where there was none.</param>
public sealed record AncestralRow<TColumn, TValue>(
    CommitVersion Version,
    IReadOnlyDictionary<TColumn, TValue>? Cells,
    IReadOnlyList<CommitVersion> Over
)
    where TColumn : notnull;

/// <summary>
/// Where the cells of one key come from. The three sides of a merge do not say that: a row's version is that of its
/// last change, whichever cell that was in, and a base that two crosswise merges left behind shows the change of one
/// side only.
/// </summary>
/// <remarks>
/// <code>
///            target            source               The base of a second merge is what both see: {12 of 2, 12 of 3},
/// 1          10                  |                  and shows one 12. But both sums hold both changes already: as the
/// 2, 3       12 (+2)           12 (+2)              rows say that 4 and 5 were written over 2 and 3, these count
/// 4, 5       14, merged 3      14, merged 2         once, and the sum is 14 and not 14 + 14 - 12.
/// </code>
/// Immutable, and pure; the cost is the rows.
/// </remarks>
public sealed class RowAncestry<TColumn, TValue>
    where TColumn : notnull
{
    private readonly ICellRules<TValue> cells;
    private readonly SortedDictionary<CommitVersion, AncestralRow<TColumn, TValue>> rows = [];

    /// <param name="cells">What is known of the values.</param>
    /// <param name="rows">Each once. Rows that others were written over and that are not there count as none.</param>
    public RowAncestry(ICellRules<TValue> cells, IEnumerable<AncestralRow<TColumn, TValue>> rows)
    {
        this.cells = cells;
        foreach (var row in rows)
        {
            this.rows.Add(row.Version, row);
        }
    }

    /// <summary>
    /// The commit in which a cell of a row got its value: the row's own where it was written over other values. A merge
    /// has set what neither of its sides had.
    /// </summary>
    public CommitVersion FindSetVersion(CommitVersion row, TColumn column)
    {
        var setAt = new Dictionary<CommitVersion, CommitVersion>();
        // Rows come by version, so what a row was written over is known before it.
        foreach (var (version, written) in rows)
        {
            var kept = OverOf(written).Where(over => AreEqual(CellOf(over, column), CellOf(version, column)));
            setAt[version] = kept.Select(over => setAt[over]).DefaultIfEmpty(version).Max();
        }

        return setAt.GetValueOrDefault(row, row);
    }

    /// <summary>
    /// The value that a cell has with every change that led to either of two rows, each counted once. Where all of both
    /// goes back to one row, that is <c>left + right - that one</c>.
    /// </summary>
    public bool TrySum(CommitVersion left, CommitVersion right, TColumn column, out Cell<TValue> sum) =>
        TrySum([.. AncestorsOf(left), .. AncestorsOf(right)], column, out sum);

    private bool TrySum(HashSet<CommitVersion> seen, TColumn column, out Cell<TValue> sum)
    {
        var heads = seen.Except(seen.SelectMany(version => OverOf(rows[version]))).Order().ToList();
        if (heads.Count <= 1)
        {
            sum = heads.Count == 0 ? default : CellOf(heads[0], column);
            return true;
        }

        // What is in both would count twice.
        var first = AncestorsOf(heads[0]);
        var rest = heads.Skip(1).SelectMany(AncestorsOf).ToHashSet();
        sum = default;
        return TrySum([.. first.Where(rest.Contains)], column, out var both)
            && TrySum(rest, column, out var others)
            && cells.TrySumDeltas(both, CellOf(heads[0], column), others, out sum);
    }

    /// <summary>The row itself and all that led to it.</summary>
    private HashSet<CommitVersion> AncestorsOf(CommitVersion row)
    {
        var found = new HashSet<CommitVersion>();
        var open = new Stack<CommitVersion>();
        open.Push(row);
        while (open.TryPop(out var version))
        {
            if (rows.TryGetValue(version, out var known) && found.Add(version))
            {
                OverOf(known).ToList().ForEach(open.Push);
            }
        }

        return found;
    }

    private IEnumerable<CommitVersion> OverOf(AncestralRow<TColumn, TValue> row) => row.Over.Where(rows.ContainsKey);

    private Cell<TValue> CellOf(CommitVersion row, TColumn column) =>
        rows[row].Cells is { } found && found.TryGetValue(column, out var value) ? Cell.Of(value) : default;

    private bool AreEqual(Cell<TValue> left, Cell<TValue> right) =>
        left.IsPresent == right.IsPresent && (!left.IsPresent || cells.Equals(left.Value, right.Value));
}
