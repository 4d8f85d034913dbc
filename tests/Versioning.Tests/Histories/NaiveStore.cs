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
            var sides = (BaseOf(key, from, into), from.Find(key), into.Find(key));
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
    /// Of a branch that took in no more of the key than the other, what it shows; what the merge shows that took in all
    /// that both did; else what that comes to.
    /// </summary>
    private NaiveBase BaseOf(int key, Point left, Point right)
    {
        var (ofLeft, ofRight) = (left.WritesOf(key), right.WritesOf(key));
        if (ofLeft.IsSubsetOf(ofRight) || ofRight.IsSubsetOf(ofLeft))
        {
            return new((ofLeft.IsSubsetOf(ofRight) ? left : right).Find(key));
        }

        var both = ofLeft.Intersect(ofRight).ToHashSet();
        var merges = left.Writes.Intersect(right.Writes).Where(write => write.Key == MergeCommit);
        if (merges.Any(merge => both.IsSubsetOf(merge.TakenIn)))
        {
            return new(both.MaxBy(write => write.Number)?.Row);
        }

        var atBase = NaiveBase.Of(both);
        DemandShown(key, both, atBase);
        return atBase;
    }

    /// <summary>
    /// Whoever ever took in just that, and did nothing but merge since, showed it: else what some branch showed would
    /// count as its change, or the change of another as none.
    /// </summary>
    private void DemandShown(int key, HashSet<NaiveWrite> both, NaiveBase atBase)
    {
        foreach (var shown in branches.SelectMany(points => points))
        {
            var taken = shown.WritesOf(key);
            if (both.IsSubsetOf(taken) && taken.Except(both).All(write => write.IsMerged))
            {
                var row = shown.Find(key);
                var agrees =
                    atBase.IsOpen
                    || (
                        atBase.Row is null == row is null
                        && (atBase.IsOpenA || atBase.Row?.A == row?.A)
                        && (atBase.IsOpenB || atBase.Row?.B == row?.B)
                    );
                Assert.True(agrees, $"The base of k{key} is {atBase}, and a branch that took in no more showed {row}.");
            }
        }
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
                copy.Writes.Add(NaiveWrite.Of(number, key, row, FindLast(key)).After(WritesOf(key)));
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
            foreach (var (key, (row, isChosen)) in results)
            {
                if (isChosen || merged.FindLast(key)?.Row != row)
                {
                    var write = NaiveWrite.Of(number, key, row, FindLast(key), source.FindLast(key));
                    merged.Writes.Add(write.After(merged.WritesOf(key)) with { IsMerged = !isChosen });
                }

                merged.Put(key, row);
            }

            // The commit itself: whoever merges it back has something new, if no row.
            merged.Writes.Add(NaiveWrite.Of(number, MergeCommit, null) with { TakenIn = [.. merged.Writes] });
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
