using Dendrite.Versioning.Merging;

namespace Dendrite.Versioning.Tests.Histories;

/// <summary>
/// The model: a branch is a dictionary, copied at each fork, and the set of all writes it has ever taken in, copied
/// too. No vectors, no versions to clip, no rows that win: a merge base is simply what both sets hold.
/// </summary>
internal sealed class NaiveStore : IHistoryStore
{
    private const int MergeCommit = -1;

    private readonly List<List<Point>> branches =
    [
        [new([], [])],
    ];
    private readonly List<Point> tags = [];
    private int writes;

    public void Write(int branch, IReadOnlyDictionary<int, Row?> rows) =>
        branches[branch].Add(Head(branch).With(rows, ref writes));

    public void Fork(int parent, int point) => branches.Add([branches[parent][point].Copy()]);

    public void Reset(int branch, int point) => branches[branch] = [branches[branch][point].Copy()];

    public void Tag(int branch) => tags.Add(Head(branch).Copy());

    public MergeReport Merge(int source, int target, MergeChoice choice)
    {
        var (from, into) = (Head(source), Head(target));
        if (from.Writes.SetEquals(into.Writes))
        {
            return new(true, []);
        }

        var changes = new Dictionary<int, (Row? Row, bool IsChosen)>();
        var conflicts = new List<string>();
        var isRefused = false;
        foreach (var key in Enumerable.Range(0, History.Keys))
        {
            var sides = (BaseOf(key, from, into, choice.AddsUp), from.Find(key), into.Find(key));
            var merge = new NaiveMerge(choice, sides, from.FindLast(key), into.FindLast(key));
            if (merge.Conflict is { } conflict)
            {
                conflicts.Add($"k{key} {conflict}");
            }

            isRefused |= !merge.TrySettle(key, out var result);
            changes.Add(key, (result, merge.Conflict is not null));
        }

        if (!isRefused)
        {
            branches[target].Add(into.MergedWith(from, changes, ref writes));
        }

        return new(!isRefused, conflicts);
    }

    public bool Revert(int branch, int point)
    {
        var (before, after) = (branches[branch][point - 1], branches[branch][point]);
        return Change(
            branch,
            key =>
                new NaiveMerge(
                    new(MergeStrategy.TakeTarget, null),
                    (new(after.Find(key)), before.Find(key), Head(branch).Find(key))
                ).TrySettle(key, out var result)
                    ? result
                    : throw new InvalidOperationException("The strategy settles everything."),
            Enumerable.Range(0, History.Keys)
        );
    }

    public bool Pick(int target, int source, int point, IReadOnlyList<int> keys) =>
        Change(target, key => branches[source][point].Find(key), keys);

    public void DeleteAndCollect(int branch) => branches[branch] = [Head(0).Copy()];

    public IReadOnlyDictionary<int, Row> Read(int branch, int point) => branches[branch][point].Rows;

    public IReadOnlyDictionary<int, Row> ReadTag(int tag) => tags[tag].Rows;

    public IReadOnlyDictionary<int, Row> ReadBase(int left, int right) => BaseOf(Head(left), Head(right)).Rows;

    public IReadOnlySet<int> Diff(int from, int to) =>
        Enumerable.Range(0, History.Keys).Where(key => Head(from).Find(key) != Head(to).Find(key)).ToHashSet();

    public bool HasPoint(int branch, int point) => point < branches[branch].Count;

    private Point Head(int branch) => branches[branch][^1];

    private bool Change(int branch, Func<int, Row?> result, IEnumerable<int> keys)
    {
        var changes = keys.Where(key => result(key) != Head(branch).Find(key)).ToDictionary(key => key, result);
        if (changes.Count > 0)
        {
            Write(branch, changes);
        }

        return changes.Count > 0;
    }

    /// <summary>
    /// Of a branch that took in no more of the key than the other, what it shows; else what both took in comes to.
    /// </summary>
    private static NaiveBase BaseOf(int key, Point left, Point right, bool addsUp)
    {
        var (ofLeft, ofRight) = (left.WritesOf(key), right.WritesOf(key));
        return ofLeft.IsSubsetOf(ofRight) ? new(left.Find(key))
            : ofRight.IsSubsetOf(ofLeft) ? new(right.Find(key))
            : NaiveBase.Of(ofLeft.Intersect(ofRight).ToHashSet(), addsUp);
    }

    /// <summary>What both have taken in; of each key the last write.</summary>
    private static Point BaseOf(Point left, Point right)
    {
        var both = left.Writes.Intersect(right.Writes).ToHashSet();
        var rows = both.GroupBy(write => write.Key)
            .Select(key => key.MaxBy(write => write.Number)!)
            .Where(write => write.Row is not null)
            .ToDictionary(write => write.Key, write => write.Row!);
        return new(rows, both);
    }

    private sealed record Point(Dictionary<int, Row> Rows, HashSet<NaiveWrite> Writes)
    {
        public Row? Find(int key) => Rows.GetValueOrDefault(key);

        public HashSet<NaiveWrite> WritesOf(int key) => Writes.Where(write => write.Key == key).ToHashSet();

        public NaiveWrite? FindLast(int key) => WritesOf(key).MaxBy(write => write.Number);

        public Point Copy() => new(new(Rows), [.. Writes]);

        public Point With(IReadOnlyDictionary<int, Row?> changes, ref int writes)
        {
            var (copy, number) = (Copy(), ++writes);
            foreach (var (key, row) in changes)
            {
                copy.Writes.Add(NaiveWrite.Of(number, key, row, FindLast(key)) with { TakenIn = WritesOf(key) });
                copy.Put(key, row);
            }

            return copy;
        }

        /// <summary>
        /// All writes of both, and the results. What both sides' last write says already is no new write, or later
        /// bases would be others; but to choose is to write.
        /// </summary>
        public Point MergedWith(
            Point source,
            IReadOnlyDictionary<int, (Row? Row, bool IsChosen)> results,
            ref int writes
        )
        {
            var (merged, number) = (Copy(), ++writes);
            merged.Writes.UnionWith(source.Writes);
            // The commit itself: whoever merges it back has something new, if no row.
            merged.Writes.Add(NaiveWrite.Of(number, MergeCommit, null));
            foreach (var (key, (row, isChosen)) in results)
            {
                if (isChosen || merged.FindLast(key)?.Row != row)
                {
                    var write = NaiveWrite.Of(number, key, row, FindLast(key), source.FindLast(key));
                    merged.Writes.Add(write with { TakenIn = merged.WritesOf(key) });
                }

                merged.Put(key, row);
            }

            return merged;
        }

        private void Put(int key, Row? row)
        {
            if (row is null)
            {
                Rows.Remove(key);
            }
            else
            {
                Rows[key] = row;
            }
        }
    }
}
