using Dendrite.Versioning.Merging;

namespace Dendrite.Versioning.Tests.Histories;

/// <summary>
/// The version-vector core over rows in memory: what PostgreSQL stores and the services do, without either. Entries of
/// a vector bear the version since when they are seen, as in <c>branching.vector_entry</c>.
/// </summary>
internal sealed class CoreStore(CoreRules rules) : IHistoryStore
{
    private static readonly IntegerRules Integers = new();
    private static readonly RowMerger<string, int> Merger = new(Integers);

    private readonly CoreRows rows = new(rules);
    private readonly List<CoreLine> branches = [new(new(1), CommitVersion.Zero, Snapshot.Empty)];
    private readonly List<CoreLine> kept = [];
    private readonly List<Snapshot> tags = [];
    private long lastVersion;
    private long lastTimeline = 1;

    public void Write(int branch, IReadOnlyDictionary<int, Row?> written)
    {
        var line = branches[branch];
        var version = new CommitVersion(++lastVersion);
        foreach (var (key, row) in written)
        {
            rows.Add(key, (line.Timeline, version), row, line.Head, line.Head);
        }

        line.Commit(version);
    }

    public void Fork(int parent, int point) => branches.Add(NewLine(branches[parent], point));

    public void Reset(int branch, int point)
    {
        var reset = NewLine(branches[branch], point);
        kept.Add(branches[branch]);
        branches[branch] = reset;
    }

    public void Tag(int branch) => tags.Add(branches[branch].Head);

    public MergeReport Merge(int source, int target, MergeChoice choice)
    {
        var (from, into) = (branches[source], branches[target]);
        if (from.Head.Equals(into.Head))
        {
            return new(true, []);
        }

        var settler = new RowSettler<string, int>(Integers, choice.Strategy, choice.StrategyOf);
        var merges = MergeRows(rules.Base(from.Head, into.Head), (from.Head, into.Head), choice);
        var conflicts = merges.Where(m => m.Merge.IsConflict).Select(m => Describe(m.Key, m.Merge)).ToList();
        var settled = merges
            .Select(m => (m.Key, m.Merge, Result: settler.Settle(m.Merge, choice.DecisionOf(m.Key, m.Merge))))
            .ToList();
        if (settled.Any(m => m.Result.IsUndecided))
        {
            return new(false, conflicts);
        }

        var version = new CommitVersion(++lastVersion);
        var union = rules.Union(from.Head, into.Head);
        foreach (var (key, merge, result) in settled)
        {
            var unchosen = merge with { Outcome = RowMergeOutcome.MergedByCells };
            switch (rules.Write(Merger.Find(merge, result.Cells), Merger.Find(unchosen, result.Cells)))
            {
                case MergeWrite.Restate:
                    rows.Add(key, (into.Timeline, version), Row.From(result.Cells), union, into.Head, from.Head);
                    break;
                case MergeWrite.MarkWinner:
                    rows.MarkWinner(key, union);
                    break;
            }
        }

        rows.AddMerge(into.Timeline, version, union);
        into.Merge(from, version, union);
        return new(true, conflicts);
    }

    public bool Revert(int branch, int point)
    {
        var line = branches[branch];
        var settler = new RowSettler<string, int>(Integers, MergeStrategy.TakeTarget, _ => null);
        var (before, after) = (line.At(point - 1, rules), line.At(point, rules));
        // To undo is to merge the state before into the head, against the state after; what the commit wrote is what
        // lies between the two.
        var changes = MergeRows(rows.FindDiverged(before, after, after), after, before, line.Head)
            .Select(m => (m.Key, Now: m.Merge.Sides.Target.Cells, Then: settler.Settle(m.Merge).Cells))
            .Where(m => !Merger.AreEqual(m.Now, m.Then))
            .ToDictionary(m => m.Key, m => Row.From(m.Then));
        return WriteAny(branch, changes);
    }

    public bool Pick(int target, int source, int point, IReadOnlyList<int> keys)
    {
        var (from, into) = (branches[source].At(point, rules), branches[target].Head);
        var changes = keys.Select(key => (Key: key, Then: rows.Winner(key, from)?.Value))
            .Where(pick => pick.Then != rows.Winner(pick.Key, into)?.Value)
            .ToDictionary(pick => pick.Key, pick => pick.Then);
        return WriteAny(target, changes);
    }

    public void DeleteAndCollect(int branch)
    {
        var gone = branches[branch];
        branches[branch] = NewLine(branches[0], branches[0].PointCount - 1);
        Absorb(gone);
        rows.Collect([.. AllLines.SelectMany(line => line.AllPoints(rules)), .. tags]);
    }

    public IReadOnlyDictionary<int, Row> Read(int branch, int point)
    {
        var snapshot = branches[branch].At(point, rules);
        var byKey = rows.Read(snapshot);
        Assert.Equal(byKey, rows.Scan(snapshot));
        return byKey;
    }

    public IReadOnlyDictionary<int, Row> ReadTag(int tag) => rows.Read(tags[tag]);

    public IReadOnlyDictionary<int, Row> ReadBase(int left, int right) =>
        rows.Read(rules.Base(branches[left].Head, branches[right].Head));

    public IReadOnlySet<int> Diff(int from, int to)
    {
        var (left, right) = (branches[from].Head, branches[to].Head);
        return MergeRows(rules.Base(left, right), left, right)
            .Where(m => !Merger.AreEqual(m.Merge.Sides.Source.Cells, m.Merge.Sides.Target.Cells))
            .Select(m => m.Key)
            .ToHashSet();
    }

    private IEnumerable<CoreLine> AllLines => branches.Concat(kept);

    private CoreLine NewLine(CoreLine parent, int point) =>
        new(new(++lastTimeline), parent.VersionAt(point), parent.At(point, rules), parent.EntriesAt(point));

    private bool WriteAny(int branch, Dictionary<int, Row?> changes)
    {
        if (changes.Count > 0)
        {
            Write(branch, changes);
        }

        return changes.Count > 0;
    }

    /// <summary>The same for a merge that may ask where cells come from.</summary>
    private List<(int Key, RowMerge<string, int> Merge)> MergeRows(
        Snapshot atBase,
        (Snapshot Source, Snapshot Target) heads,
        MergeChoice choice
    )
    {
        var merger = new RowMerger<string, int>(Integers, choice.AddsUp);
        return
        [
            .. rows.FindDiverged(atBase, heads.Source, heads.Target)
                .Select(key =>
                    (
                        key,
                        merger.Merge(
                            WithBase(key, SidesOf(key, atBase, heads.Source, heads.Target), atBase) with
                            {
                                Ancestry = choice.AsksAncestry ? rules.Ancestry(rows.AncestryOf(key)) : null,
                            }
                        )
                    )
                ),
        ];
    }

    /// <summary>The keys with rows beyond the base on either side, and no other.</summary>
    private List<(int Key, RowMerge<string, int> Merge)> MergeRows(Snapshot atBase, Snapshot source, Snapshot target) =>
        MergeRows(rows.FindDiverged(atBase, source, target), atBase, source, target);

    private List<(int Key, RowMerge<string, int> Merge)> MergeRows(
        IEnumerable<int> keys,
        Snapshot atBase,
        Snapshot source,
        Snapshot target
    ) => [.. keys.Select(key => (key, Merger.Merge(SidesOf(key, atBase, source, target))))];

    /// <summary>A side that wrote nothing beyond the base shows what the base does.</summary>
    private RowSides<string, int> WithBase(int key, RowSides<string, int> sides, Snapshot atBase) =>
        sides.BothWrote ? sides with { Base = rows.CrosswiseBase(key, atBase) } : sides;

    private RowSides<string, int> SidesOf(int key, Snapshot atBase, Snapshot source, Snapshot target) =>
        new(rows.State(key, atBase, atBase), rows.State(key, source, atBase), rows.State(key, target, atBase));

    /// <summary>
    /// A timeline whose branch is gone is absorbed into the one it was merged into whole, at the merge, when whoever
    /// sees anything of it sees all of it and the merge too.
    /// </summary>
    private void Absorb(CoreLine gone)
    {
        var own = gone.Head[gone.Timeline];
        var merged = AllLines
            .SelectMany(line => line.Entries.Select(entry => (Line: line, Entry: entry)))
            .FirstOrDefault(e =>
                e.Entry.Owner == gone.Timeline && e.Entry.Through == own && e.Entry.Since > e.Line.Start
            );
        if (merged.Line is not { } target)
        {
            return;
        }

        var points = AllLines.SelectMany(line => line.AllPoints(rules)).Concat(tags);
        var law = points
            .Where(point => point[gone.Timeline] > CommitVersion.Zero)
            .All(point => point[gone.Timeline] == own && point[target.Timeline] >= merged.Entry.Since);
        if (!rules.MayAbsorb(law))
        {
            return;
        }

        rows.Absorb(gone.Timeline, target.Timeline, merged.Entry.Since);
        foreach (var line in AllLines)
        {
            line.Forget(gone.Timeline);
        }

        for (var i = 0; i < tags.Count; i++)
        {
            tags[i] = tags[i].ClipTo(gone.Timeline, CommitVersion.Zero);
        }
    }

    private static string Describe(int key, RowMerge<string, int> merge)
    {
        var columns = merge.Clashes.Select(clash => clash.Column).Order(StringComparer.Ordinal);
        return $"k{key} {merge.Outcome} {string.Join(",", columns)}";
    }
}
