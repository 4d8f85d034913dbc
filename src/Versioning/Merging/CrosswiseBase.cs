namespace Dendrite.Versioning.Merging;

/// <summary>A row of a key in a merge base, and what its writer saw of the key.</summary>
/// <param name="Cells">Null: a deletion.</param>
/// <param name="Saw">Of each timeline that wrote the key, the newest of its rows that the writer saw.</param>
public sealed record SeenRow<TColumn, TValue>(
    TimelineId Timeline,
    CommitVersion Version,
    IReadOnlyDictionary<TColumn, TValue>? Cells,
    Snapshot Saw
)
    where TColumn : notnull
{
    /// <summary>The row and all that its writer saw.</summary>
    internal Snapshot Past { get; } = Saw.Advance(Timeline, Version);
}

/// <summary>
/// What a merge base says of one key where it sees rows that nobody in it brought together. Problem: what both sides
/// see is two vectors' minimum, which is not always a state that a branch has shown; the newest of its rows is then the
/// change of one and lacks that of the other.
/// </summary>
/// <remarks>
/// <code>
///            f              g             both f and g were merged into main and into dev. The base of main and dev
/// 1          no, -          |             is {f:2, g:3}, which no branch has shown: g's row alone, the newest, would
/// 2, 3       yes, -         no, x         say "no, x", and "no" would be no change of whoever goes back to it.
/// base               yes, x               So the rows are merged like branches: cell by cell, against what their own
///                                         writers both saw.
/// </code>
/// A cell is known where whoever merged these rows came to the same without a choice, in whatever order: where one of
/// them changed it, or both to one value. Else it is open: both sides of this merge came to something, maybe otherwise,
/// so what is open counts as changed by both. To change and go back is to change, for a merge may have lain between.
/// All of a row is open that one deleted and the other changed. Where the rows' writers had crossed already, their base
/// is found the same way.
/// <para>Pure; the cost is the rows, for each that lies beside others. The oldest is merged first, then one after the
/// other.</para>
/// </remarks>
/// <param name="mayAddUp">
/// Whether changes of a column may have been added up; null: of none. Then two equal ones may have become a third.
/// </param>
public sealed class CrosswiseBase<TColumn, TValue>(ICellRules<TValue> cells, Func<TColumn, bool>? mayAddUp = null)
    where TColumn : notnull
{
    /// <summary>How often merges may have crossed, one behind the other; what lies behind more is open.</summary>
    private const int MaxDepth = 100;

    private readonly RowMerger<TColumn, TValue> rows = new(cells);

    /// <summary>The row that the base has, and what is open of it.</summary>
    /// <param name="rows">
    /// Rows of the key that the base sees. Old ones may be left out: what would have to be known of them is open.
    /// </param>
    public RowState<TColumn, TValue> Find(IReadOnlyCollection<SeenRow<TColumn, TValue>> rows)
    {
        var known = rows.Aggregate(Snapshot.Empty, (seen, row) => Snapshot.Union(seen, row.Past));
        return new Search(this, rows.ToDictionary(row => row.Version)).Find(known, 0);
    }

    /// <summary>The rows of one key.</summary>
    private sealed class Search(
        CrosswiseBase<TColumn, TValue> rule,
        Dictionary<CommitVersion, SeenRow<TColumn, TValue>> rows
    )
    {
        private static readonly RowState<TColumn, TValue> Open = new(CommitVersion.Zero, null) { IsOpen = true };

        private readonly Dictionary<Snapshot, RowState<TColumn, TValue>> found = [];

        /// <param name="known">Of each timeline the newest row.</param>
        public RowState<TColumn, TValue> Find(Snapshot known, int depth)
        {
            if (!found.TryGetValue(known, out var state))
            {
                found.Add(known, state = depth > MaxDepth ? Open : JoinHeads(known, depth));
            }

            return state;
        }

        private RowState<TColumn, TValue> JoinHeads(Snapshot known, int depth)
        {
            var seen = known
                .Entries.Select(entry => rows.GetValueOrDefault(entry.Through))
                .OfType<SeenRow<TColumn, TValue>>()
                .Aggregate(Snapshot.Empty, (all, row) => Snapshot.Union(all, row.Saw));
            var heads = known
                .Entries.Where(entry => !seen.IsVisible(entry.Timeline, entry.Through))
                .OrderBy(entry => entry.Through)
                .ToList();
            if (heads.Count == 0)
            {
                return new(CommitVersion.Zero, null);
            }

            RowState<TColumn, TValue>? joined = null;
            var past = Snapshot.Empty;
            foreach (var head in heads)
            {
                if (!rows.TryGetValue(head.Through, out var row))
                {
                    return Open;
                }

                var next = new RowState<TColumn, TValue>(row.Version, row.Cells);
                joined = joined is null ? next : Join((joined, past), (next, row.Past), depth);
                past = Snapshot.Union(past, row.Past);
            }

            return joined!;
        }

        private RowState<TColumn, TValue> Join(
            (RowState<TColumn, TValue> Row, Snapshot Past) left,
            (RowState<TColumn, TValue> Row, Snapshot Past) right,
            int depth
        )
        {
            if (left.Row.IsOpen)
            {
                return left.Row;
            }

            var both = Snapshot.Base(left.Past, right.Past);
            return rule.Join((left.Row, Beyond(left.Past)), (right.Row, Beyond(right.Past)));

            List<Change> Beyond(Snapshot past) =>
                [
                    .. rows
                        .Values.Where(row => Sees(past, row) && !Sees(both, row))
                        .Select(row => new Change(Find(row.Saw, depth + 1), row.Cells)),
                ];
        }

        private static bool Sees(Snapshot snapshot, SeenRow<TColumn, TValue> row) =>
            snapshot.IsVisible(row.Timeline, row.Version);
    }

    /// <summary>What a writer saw of the key, and what it wrote.</summary>
    private readonly record struct Change(
        RowState<TColumn, TValue> Before,
        IReadOnlyDictionary<TColumn, TValue>? After
    );

    /// <param name="left">A row, and all changes that led to it and are not the other's, too.</param>
    /// <param name="right">The same of the other.</param>
    private RowState<TColumn, TValue> Join(
        (RowState<TColumn, TValue> Row, List<Change> Changes) left,
        (RowState<TColumn, TValue> Row, List<Change> Changes) right
    )
    {
        if (!left.Changes.Exists(IsAny))
        {
            return right.Row;
        }

        if (!right.Changes.Exists(IsAny))
        {
            return left.Row;
        }

        var version = right.Row.Version;
        if (left.Row.Cells is null || right.Row.Cells is null)
        {
            return new(version, null) { IsOpen = left.Row.Cells is not null || right.Row.Cells is not null };
        }

        var (row, open) = (new Dictionary<TColumn, TValue>(), left.Row.OpenColumns.ToHashSet());
        foreach (var column in left.Row.Cells.Keys.Union(right.Row.Cells.Keys).Except(left.Row.OpenColumns))
        {
            var (l, r) = (Find(left.Row.Cells, column), Find(right.Row.Cells, column));
            var isOfRight = right.Changes.Exists(change => IsOf(column, change));
            if (isOfRight && left.Changes.Exists(change => IsOf(column, change)) && !IsCertain(column, l, r))
            {
                open.Add(column);
            }
            else if ((isOfRight ? r : l) is { IsPresent: true } known)
            {
                row.Add(column, known.Value!);
            }
        }

        return new(version, row) { OpenColumns = open };
    }

    private bool IsAny(Change change) => !change.Before.SaysAll || !rows.AreEqual(change.Before.Cells, change.After);

    private bool IsOf(TColumn column, Change change) =>
        change.Before.IsOpen
        || change.Before.OpenColumns.Contains(column)
        || !rows.AreEqual(Find(change.Before.Cells, column), Find(change.After, column));

    /// <summary>Of a cell that both changed: whether it came to the same whoever merged them.</summary>
    private bool IsCertain(TColumn column, Cell<TValue> left, Cell<TValue> right) =>
        rows.AreEqual(left, right) && (!left.IsPresent || mayAddUp?.Invoke(column) != true);

    private static Cell<TValue> Find(IReadOnlyDictionary<TColumn, TValue>? row, TColumn column) =>
        RowMerger<TColumn, TValue>.Find(row, column);
}
