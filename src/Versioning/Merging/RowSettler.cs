namespace Dendrite.Versioning.Merging;

/// <summary>
/// Makes one result of a merged row: first what was decided about its conflict, then the columns' strategies, then the
/// strategy of the merge. Pure.
/// </summary>
/// <param name="strategy">For what nothing else resolves.</param>
/// <param name="columns">The strategy of a column; null: none.</param>
public sealed class RowSettler<TColumn, TValue>(
    ICellRules<TValue> cells,
    MergeStrategy strategy,
    Func<TColumn, ColumnStrategy?> columns
)
    where TColumn : notnull
{
    /// <summary>The row that the merge must show.</summary>
    /// <param name="decision">What was decided about this conflict; null: nothing.</param>
    /// <exception cref="ArgumentException">A decision names values for other cells than those in conflict.</exception>
    public SettledRow<TColumn, TValue> Settle(
        RowMerge<TColumn, TValue> merge,
        Decision<TColumn, TValue>? decision = null
    )
    {
        if (!merge.IsConflict)
        {
            return new(merge.Merged, SettledBy.Merge);
        }

        if (decision is not null)
        {
            return new(Decide(merge, decision), SettledBy.Decision);
        }

        return merge.Outcome is RowMergeOutcome.CellConflict or RowMergeOutcome.BothAdded
            ? SettleCells(merge)
            : SettleDeletion(merge);
    }

    private SettledRow<TColumn, TValue> SettleDeletion(RowMerge<TColumn, TValue> merge) =>
        strategy switch
        {
            MergeStrategy.TakeSource => new(merge.Sides.Source.Cells, SettledBy.Policy),
            MergeStrategy.TakeTarget => new(merge.Sides.Target.Cells, SettledBy.Policy),
            _ => new(null, SettledBy.Nobody),
        };

    private SettledRow<TColumn, TValue> SettleCells(RowMerge<TColumn, TValue> merge)
    {
        var row = new Dictionary<TColumn, TValue>(merge.Merged!);
        foreach (var clash in merge.Clashes)
        {
            if (Resolve(clash, merge.Sides) is not { } result)
            {
                return new(null, SettledBy.Nobody);
            }

            Put(row, clash.Column, result);
        }

        return new(row, SettledBy.Policy);
    }

    private Cell<TValue>? Resolve(CellClash<TColumn, TValue> clash, RowSides<TColumn, TValue> sides) =>
        (columns(clash.Column) is { } column ? Combine(column, clash, sides) : null)
        ?? strategy switch
        {
            MergeStrategy.TakeSource => clash.Source,
            MergeStrategy.TakeTarget => clash.Target,
            _ => null,
        };

    private Cell<TValue>? Combine(
        ColumnStrategy column,
        CellClash<TColumn, TValue> clash,
        RowSides<TColumn, TValue> sides
    )
    {
        switch (column)
        {
            case ColumnStrategy.TakeSource:
                return clash.Source;
            case ColumnStrategy.TakeTarget:
                return clash.Target;
            case ColumnStrategy.LastWriter:
                return SetAt(sides, sides.Source, clash.Column) > SetAt(sides, sides.Target, clash.Column)
                    ? clash.Source
                    : clash.Target;
        }

        if (!clash.Source.IsPresent || !clash.Target.IsPresent)
        {
            return null;
        }

        var (source, target) = (clash.Source.Value!, clash.Target.Value!);
        return column switch
        {
            ColumnStrategy.Maximum when cells.TryCompare(source, target, out var order) => order >= 0
                ? clash.Source
                : clash.Target,
            ColumnStrategy.Minimum when cells.TryCompare(source, target, out var order) => order <= 0
                ? clash.Source
                : clash.Target,
            ColumnStrategy.SumOfDeltas when TrySum(clash, sides, out var sum) => sum,
            ColumnStrategy.SetUnion when cells.TryUnite(source, target, out var union) => Cell.Of(union),
            _ => null,
        };
    }

    private bool TrySum(CellClash<TColumn, TValue> clash, RowSides<TColumn, TValue> sides, out Cell<TValue> sum) =>
        sides.Ancestry is { } ancestry
            ? ancestry.TrySum(sides.Source.Version, sides.Target.Version, clash.Column, out sum)
            : cells.TrySumDeltas(clash.Base, clash.Source, clash.Target, out sum);

    private static CommitVersion SetAt(
        RowSides<TColumn, TValue> sides,
        RowState<TColumn, TValue> side,
        TColumn column
    ) => sides.Ancestry?.FindSetVersion(side.Version, column) ?? side.Version;

    private static IReadOnlyDictionary<TColumn, TValue>? Decide(
        RowMerge<TColumn, TValue> merge,
        Decision<TColumn, TValue> decision
    )
    {
        var isAboutCells = merge.Outcome is RowMergeOutcome.CellConflict or RowMergeOutcome.BothAdded;
        switch (decision)
        {
            case Decision<TColumn, TValue>.Row whole:
                return whole.Cells;
            case Decision<TColumn, TValue>.Side side when !isAboutCells:
                return StateOf(merge.Sides, side.Taken).Cells;
            // Neither side's row existed at the base: to take the base is to have no row.
            case Decision<TColumn, TValue>.Side { Taken: MergeSide.Base } when merge.Sides.Base.Cells is null:
                return null;
            case Decision<TColumn, TValue>.Side side:
                return With(merge.Merged!, merge.Clashes.Select(clash => (clash.Column, CellOf(clash, side.Taken))));
            case Decision<TColumn, TValue>.Values values:
                var start = isAboutCells ? merge.Merged! : merge.Sides.Source.Cells ?? merge.Sides.Target.Cells!;
                Demand(merge, values, isAboutCells);
                return With(start, values.Cells.Select(cell => (cell.Key, cell.Value)));
            default:
                throw new ArgumentException($"There is no rule for a decision of type {decision.GetType()}.");
        }
    }

    private static void Demand(
        RowMerge<TColumn, TValue> merge,
        Decision<TColumn, TValue>.Values values,
        bool isAboutCells
    )
    {
        var inConflict = merge.Clashes.Select(clash => clash.Column).ToHashSet();
        if (isAboutCells && !inConflict.SetEquals(values.Cells.Keys))
        {
            throw new ArgumentException(
                $"A decision by values names each cell in conflict ({string.Join(", ", inConflict)}) and no other."
            );
        }
    }

    private static Dictionary<TColumn, TValue> With(
        IReadOnlyDictionary<TColumn, TValue> row,
        IEnumerable<(TColumn Column, Cell<TValue> Cell)> decided
    )
    {
        var result = new Dictionary<TColumn, TValue>(row);
        foreach (var (column, cell) in decided)
        {
            Put(result, column, cell);
        }

        return result;
    }

    private static void Put(Dictionary<TColumn, TValue> row, TColumn column, Cell<TValue> cell)
    {
        if (cell.IsPresent)
        {
            row[column] = cell.Value!;
        }
        else
        {
            row.Remove(column);
        }
    }

    private static RowState<TColumn, TValue> StateOf(RowSides<TColumn, TValue> sides, MergeSide side) =>
        side switch
        {
            MergeSide.Source => sides.Source,
            MergeSide.Target => sides.Target,
            _ => sides.Base,
        };

    private static Cell<TValue> CellOf(CellClash<TColumn, TValue> clash, MergeSide side) =>
        side switch
        {
            MergeSide.Source => clash.Source,
            MergeSide.Target => clash.Target,
            _ => clash.Base,
        };
}
