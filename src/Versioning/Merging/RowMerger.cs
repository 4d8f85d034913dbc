namespace Dendrite.Versioning.Merging;

/// <summary>
/// The three-way merge of one row, cell by cell. Problem: two people corrected the same table in two branches. Taking
/// the newer row of a key would drop the other person's change in silence; calling every such row a conflict would stop
/// a merge over changes that have nothing to do with each other.
/// </summary>
/// <remarks>
/// So a column counts as changed by a side when its value there is not the base's, and only a column that both sides
/// changed, to different values, is in conflict:
/// <code>
///               WEIGHT  ARM      VISIT
/// base            70    placebo    1
/// source          72    placebo    1      corrected the weight
/// target          70    active     2      re-randomised
/// merged          72    active     2      MergedByCells
///
/// source          72    placebo    3      and if the source had moved the visit too:
/// clashes                        1|3|2    CellConflict over VISIT; WEIGHT and ARM are as merged above
/// </code>
/// In a column whose changes add up, two changes to one value are two changes: they are in conflict as well, and its
/// strategy adds them.
/// <para>
/// A missing column is a value of its own: a column that one side dropped from a row is a change like any other.
/// Whether a row exists is decided whole: a row that one side deleted and the other changed is in conflict, never half
/// there.
/// </para>
/// <para>
/// What the base leaves open (<see cref="CrosswiseBase{TColumn, TValue}"/>) counts as changed by both sides, unless
/// they agree: nobody can tell which of them went on from the other's.
/// </para>
/// <para>Pure; the cost is the columns of the row. Symmetric: with source and target exchanged the result is the same
/// row, and the outcome its mirror image.</para>
/// </remarks>
/// <param name="cells">What is known of the values.</param>
/// <param name="addsUp">Whether changes of a column add up; null: of none.</param>
public sealed class RowMerger<TColumn, TValue>(ICellRules<TValue> cells, Func<TColumn, bool>? addsUp = null)
    where TColumn : notnull
{
    /// <summary>Finds how the sides come together, before any decision.</summary>
    public RowMerge<TColumn, TValue> Merge(RowSides<TColumn, TValue> sides)
    {
        var (source, target) = (sides.Source.Cells, sides.Target.Cells);
        if (AreEqual(sides.Source, sides.Base))
        {
            var outcome = AreEqual(sides.Source, sides.Target) ? RowMergeOutcome.Unchanged : RowMergeOutcome.TargetOnly;
            return new(sides, outcome, target, []);
        }

        if (AreEqual(sides.Target, sides.Base))
        {
            return new(sides, RowMergeOutcome.SourceOnly, source, []);
        }

        if (AreEqual(sides.Source, sides.Target) && (addsUp is null || source is null))
        {
            return new(sides, RowMergeOutcome.SameChange, target, []);
        }

        if (source is null || target is null)
        {
            var outcome = source is null ? RowMergeOutcome.DeletedAndChanged : RowMergeOutcome.ChangedAndDeleted;
            return new(sides, outcome, null, FindDifferences(sides));
        }

        return MergeCells(sides, source, target);
    }

    /// <summary>Whether two rows say the same: both missing, or the same columns with equal values.</summary>
    public bool AreEqual(IReadOnlyDictionary<TColumn, TValue>? left, IReadOnlyDictionary<TColumn, TValue>? right)
    {
        if (left is null || right is null)
        {
            return left is null && right is null;
        }

        return ReferenceEquals(left, right)
            || (
                left.Count == right.Count
                && left.All(cell => right.TryGetValue(cell.Key, out var other) && cells.Equals(cell.Value, other))
            );
    }

    private bool AreEqual(RowState<TColumn, TValue> left, RowState<TColumn, TValue> right) =>
        left.SaysAll && right.SaysAll && AreEqual(left.Cells, right.Cells);

    private RowMerge<TColumn, TValue> MergeCells(
        RowSides<TColumn, TValue> sides,
        IReadOnlyDictionary<TColumn, TValue> source,
        IReadOnlyDictionary<TColumn, TValue> target
    )
    {
        var merged = new Dictionary<TColumn, TValue>();
        var clashes = new List<CellClash<TColumn, TValue>>();
        foreach (var column in target.Keys.Union(source.Keys))
        {
            var (b, s, t) = (Find(sides.Base.Cells, column), Find(source, column), Find(target, column));
            var isOpen = sides.Base.IsOpen || sides.Base.OpenColumns.Contains(column);
            var (isOfSource, isOfTarget) = (isOpen || !AreEqual(s, b), isOpen || !AreEqual(t, b));
            if (isOfSource && isOfTarget && AreInConflict(column, s, t))
            {
                clashes.Add(new(column, b, s, t));
                continue;
            }

            var result = isOfSource ? s : t;
            if (result.IsPresent)
            {
                merged.Add(column, result.Value!);
            }
        }

        var outcome =
            clashes.Count == 0 && AreEqual(source, target) ? RowMergeOutcome.SameChange
            : clashes.Count == 0 ? RowMergeOutcome.MergedByCells
            : sides.Base.Cells is null ? RowMergeOutcome.BothAdded
            : RowMergeOutcome.CellConflict;
        return new(sides, outcome, merged, clashes);
    }

    /// <summary>Of a column that both sides changed.</summary>
    private bool AreInConflict(TColumn column, Cell<TValue> source, Cell<TValue> target) =>
        !AreEqual(source, target) || (source.IsPresent && addsUp?.Invoke(column) == true);

    /// <summary>Of a row that one side deleted: the columns that the other side changed, for people to see.</summary>
    private List<CellClash<TColumn, TValue>> FindDifferences(RowSides<TColumn, TValue> sides) =>
        [
            .. (sides.Source.Cells?.Keys ?? [])
                .Union(sides.Target.Cells?.Keys ?? [])
                .Union(sides.Base.Cells?.Keys ?? [])
                .Select(column => new CellClash<TColumn, TValue>(
                    column,
                    Find(sides.Base.Cells, column),
                    Find(sides.Source.Cells, column),
                    Find(sides.Target.Cells, column)
                ))
                .Where(cell => !AreEqual(cell.Base, sides.Source.Cells is null ? cell.Target : cell.Source)),
        ];

    internal bool AreEqual(Cell<TValue> left, Cell<TValue> right) =>
        left.IsPresent == right.IsPresent && (!left.IsPresent || cells.Equals(left.Value, right.Value));

    internal static Cell<TValue> Find(IReadOnlyDictionary<TColumn, TValue>? row, TColumn column) =>
        row is not null && row.TryGetValue(column, out var value) ? Cell.Of(value) : default;
}
