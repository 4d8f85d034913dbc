using Dendrite.Storage.Branches;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.Storage.Tests.Garbage;

/// <summary>
/// A history of random forks, writes, merges, resets, tags and deletions, with steps of purge, absorption and
/// collection thrown in, beside a model that copies sets of marks: what each branch, each of its past states, and each
/// tag must see.
/// </summary>
internal sealed class RandomHistory(Workshop shop, int seed)
{
    private readonly Random random = new(seed);
    private readonly Dictionary<string, Line> branches = [];
    private readonly Dictionary<string, HashSet<string>> tags = [];
    private int count;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>How often each kind of step did something, so that a test can see that none was left out.</summary>
    public Dictionary<string, int> Done { get; } = [];

    public async Task RunAsync(int steps)
    {
        branches["main"] = new(await shop.MainAsync(), [], []);
        for (var step = 0; step < steps; step++)
        {
            await ChangeAsync();
            if (random.Next(3) == 0)
            {
                await CollectSomeAsync();
                await CheckAsync(Any(branches));
            }
        }
    }

    /// <summary>Every state that can be read sees what the model says.</summary>
    public async Task CheckAllAsync()
    {
        foreach (var branch in branches.Keys)
        {
            await CheckAsync(branch);
        }

        foreach (var (tag, marks) in tags)
        {
            Assert.Equal(Sorted(marks), await shop.SeeAsync("main", SnapshotPoint.AtTagged(tag)));
        }
    }

    /// <summary>Marks that some branch, a line that one of its resets left behind, or a tag sees.</summary>
    public IReadOnlyCollection<string> Seen() =>
        branches.Values.SelectMany(branch => branch.Ever()).Concat(tags.Values.SelectMany(marks => marks)).ToHashSet();

    /// <summary>What each branch is said to cost is what the sets of marks weigh.</summary>
    public async Task CheckUsageAsync()
    {
        var bytes = await shop.WeighAsync();
        var usage = new BranchUsageStore(shop.Lab.Database);
        foreach (var (name, line) in branches)
        {
            var mine = line.Ever().ToHashSet();
            var others = branches.Values.Where(other => other != line).SelectMany(other => other.Ever()).ToHashSet();
            var kept = others.Union(tags.Values.SelectMany(marks => marks)).ToHashSet();
            var measured = await usage.MeasureAsync(shop.Project, name, Token);

            Assert.Equal(Weigh(mine.Except(others)), measured.OwnBytes);
            Assert.Equal(Weigh(mine.Intersect(others)), measured.SharedBytes);
            Assert.Equal(Weigh(mine.Except(kept)), measured.FreeableBytes);
            Assert.Equal(line.Marks.Count, measured.VisibleRecords);
        }

        long Weigh(IEnumerable<string> marks) => marks.Sum(mark => bytes[mark]);
    }

    public async Task DeleteEverythingButMainAsync()
    {
        foreach (var tag in tags.Keys.ToArray())
        {
            await shop.DeleteTagAsync(tag);
            tags.Remove(tag);
        }

        foreach (var branch in branches.Keys.Where(name => name != "main").ToArray())
        {
            await shop.DeleteAsync(branch);
            branches.Remove(branch);
        }
    }

    private Task ChangeAsync() =>
        random.Next(100) switch
        {
            < 38 => WriteAsync(),
            < 55 => ForkAsync(),
            < 62 => ForkInThePastAsync(),
            < 78 => MergeAsync(),
            < 83 => TagAsync(),
            < 86 => DeleteTagAsync(),
            < 91 => ResetAsync(),
            _ => DeleteAsync(),
        };

    private async Task WriteAsync()
    {
        var line = branches[Any(branches)];
        var mark = $"mark-{++count}";
        var version = await shop.WriteAsync(line.Branch, mark);
        line.Marks.Add(mark);
        line.Past.Add(new(version, [.. line.Marks]));
        Did("write");
    }

    private async Task ForkAsync()
    {
        var parent = Any(branches);
        var name = $"b{++count}";
        var line = branches[parent];
        branches[name] = new(await shop.Lab.ForkAsync(name, parent), [.. line.Marks], [.. line.Past]);
        Did("fork");
    }

    private async Task ForkInThePastAsync()
    {
        var parent = Any(branches);
        if (branches[parent].Past is not { Count: > 0 } past)
        {
            return;
        }

        var place = random.Next(past.Count);
        var name = $"b{++count}";
        var fork = await shop.Lab.ForkAsync(name, parent, SnapshotPoint.At(past[place].Version));
        branches[name] = new(fork, [.. past[place].Marks], past.GetRange(0, place + 1));
        Did("fork in the past");
    }

    private async Task MergeAsync()
    {
        var (source, target) = (branches[Any(branches)], branches[random.Next(2) == 0 ? "main" : Any(branches)]);
        if (source == target)
        {
            return;
        }

        var version = await shop.MergeAsync(source.Branch, target.Branch);
        target.Marks.UnionWith(source.Marks);
        target.Past.Add(new(version, [.. target.Marks]));
        Did("merge");
    }

    private async Task TagAsync()
    {
        var (branch, tag) = (Any(branches), $"t{++count}");
        await shop.TagAsync(tag, branch);
        tags[tag] = [.. branches[branch].Marks];
        Did("tag");
    }

    private async Task DeleteTagAsync()
    {
        if (tags.Count > 0)
        {
            var tag = Any(tags);
            await shop.DeleteTagAsync(tag);
            tags.Remove(tag);
            Did("delete a tag");
        }
    }

    private async Task ResetAsync()
    {
        var name = Any(branches);
        var line = branches[name];
        var states = line.Past.Concat(line.LeftBehind).ToArray();
        if (name == "main" || states.Length == 0)
        {
            return;
        }

        var state = states[random.Next(states.Length)];
        var reset = await shop.ResetAsync(name, state.Version);
        line.LeftBehind.AddRange(line.Past);
        var place = line.Past.IndexOf(state);
        // A state that an earlier reset left behind: what came before it on that line is not followed here.
        var past = place >= 0 ? line.Past.GetRange(0, place + 1) : [state];
        branches[name] = new(reset.Branch, [.. state.Marks], past) { LeftBehind = line.LeftBehind };
        Did("reset");
    }

    private async Task DeleteAsync()
    {
        var name = Any(branches);
        // Few branches make dull histories.
        if (name != "main" && branches.Count > 3)
        {
            await shop.DeleteAsync(name);
            branches.Remove(name);
            Did("delete");
        }
    }

    private async Task CollectSomeAsync()
    {
        await shop.Garbage.PurgeAsync(shop.Project, 1 + random.Next(3), "tests", Token);
        if (random.Next(2) == 0)
        {
            var step = await shop.Garbage.AbsorbAsync(shop.Project, default, 1 + random.Next(10), Token);
            Did("absorb", step.Count);
        }

        if (random.Next(2) == 0)
        {
            var grace = TimeSpan.Zero;
            var step = await shop.Garbage.JudgeAsync(shop.Project, default, 1 + random.Next(10), grace, Token);
            Did("doom", step.Count);
            Did("trim", step.Trimmed);
        }

        for (var sweeps = random.Next(4); sweeps > 0; sweeps--)
        {
            var swept = await shop.Garbage.SweepAsync(shop.Project, 1 + random.Next(5), Token);
            Did("sweep", swept?.Rows ?? 0);
        }
    }

    private async Task CheckAsync(string name)
    {
        var line = branches[name];
        Assert.Equal(Sorted(line.Marks), await shop.SeeAsync(name));
        foreach (var state in line.Past)
        {
            Assert.Equal(Sorted(state.Marks), await shop.SeeAsync(name, SnapshotPoint.At(state.Version)));
        }
    }

    private TKey Any<TKey, TValue>(Dictionary<TKey, TValue> all)
        where TKey : notnull => all.Keys.ElementAt(random.Next(all.Count));

    private void Did(string what, long times = 1) => Done[what] = Done.GetValueOrDefault(what) + (int)times;

    private static IEnumerable<string> Sorted(IEnumerable<string> marks) => marks.Order(StringComparer.Ordinal);

    private sealed record Line(BranchRecord Branch, HashSet<string> Marks, List<State> Past)
    {
        public List<State> LeftBehind { get; init; } = [];

        /// <summary>What it sees, and what a reset can take it to.</summary>
        public IEnumerable<string> Ever() => Marks.Concat(Past.Concat(LeftBehind).SelectMany(state => state.Marks));
    }

    private sealed record State(CommitVersion Version, IReadOnlyCollection<string> Marks);
}
