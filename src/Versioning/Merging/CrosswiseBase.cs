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
/// A cell that both changed, differently, is open, and all of a row that one deleted and the other changed: whoever
/// merged them had to choose, and both sides of this merge did, maybe otherwise. So what is open counts as changed by
/// both. Where the rows' writers had crossed already, their base is found the same way.
/// <para>Pure; the cost is the rows. The oldest row is merged first, then one after the other.</para>
/// </remarks>
/// <param name="addsUp">Whether changes of a column add up; null: of none. Then both changes count in the base.</param>
/// <param name="align">Changes the sides before they are merged; null: they are merged as they are.</param>
public sealed class CrosswiseBase<TColumn, TValue>(
    ICellRules<TValue> cells,
    Func<TColumn, bool>? addsUp = null,
    Func<RowSides<TColumn, TValue>, RowSides<TColumn, TValue>>? align = null
)
    where TColumn : notnull
{
    /// <summary>How often merges may have crossed, one behind the other; what lies behind more is open.</summary>
    private const int MaxDepth = 100;

    private readonly RowMerger<TColumn, TValue> merger = new(cells, addsUp);

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
                var both = Snapshot.Base(past, row.Past);
                joined = joined is null ? next : rule.Join(joined, next, () => Find(both, depth + 1));
                past = Snapshot.Union(past, row.Past);
            }

            return joined!;
        }
    }

    private RowState<TColumn, TValue> Join(
        RowState<TColumn, TValue> left,
        RowState<TColumn, TValue> right,
        Func<RowState<TColumn, TValue>> findBase
    )
    {
        if (left.IsOpen || (addsUp is null && left.SaysAll && merger.AreEqual(left.Cells, right.Cells)))
        {
            return left;
        }

        var sides = new RowSides<TColumn, TValue>(findBase(), left, right);
        var merge = merger.Merge(align?.Invoke(sides) ?? sides);
        if (merge.Outcome is RowMergeOutcome.ChangedAndDeleted or RowMergeOutcome.DeletedAndChanged)
        {
            return new(right.Version, null) { IsOpen = true };
        }

        if (merge.Merged is null)
        {
            return new(right.Version, null);
        }

        var row = merge.Merged.ToDictionary();
        var open = left.OpenColumns.ToHashSet();
        foreach (var clash in merge.Clashes)
        {
            if (TryAdd(merge.Sides.Base, clash, out var sum))
            {
                row[clash.Column] = sum.Value!;
            }
            else
            {
                open.Add(clash.Column);
            }
        }

        foreach (var column in open)
        {
            row.Remove(column);
        }

        return new(right.Version, row) { OpenColumns = open };
    }

    private bool TryAdd(RowState<TColumn, TValue> atBase, CellClash<TColumn, TValue> clash, out Cell<TValue> sum)
    {
        sum = default;
        return addsUp?.Invoke(clash.Column) == true
            && clash is { Source.IsPresent: true, Target.IsPresent: true }
            && !atBase.IsOpen
            && !atBase.OpenColumns.Contains(clash.Column)
            && cells.TrySumDeltas(clash.Base, clash.Source, clash.Target, out sum)
            && sum.IsPresent;
    }
}
