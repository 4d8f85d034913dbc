using System.Text;

namespace Dendrite.Versioning.Tests.Histories;

/// <summary>
/// Plays a history on a store and on the model, and compares them after every step: what the touched branch shows,
/// conflicts, bases and differences; at the end every branch at every version, and every tag.
/// </summary>
public sealed class History(IHistoryStore store)
{
    /// <summary>Keys that histories write: few, so that branches meet.</summary>
    public const int Keys = 4;

    private const int MaxBranches = 7;

    private readonly NaiveStore model = new();
    private readonly StringBuilder story = new();
    private readonly List<int> points = [1];
    private int tagCount;

    /// <summary>Plays all steps.</summary>
    /// <exception cref="DisagreementException">Store and model differ; its message tells the history.</exception>
    public static void Play(IHistoryStore store, HistoryStep[] steps) => new History(store).Play(steps);

    private void Play(HistoryStep[] steps)
    {
        try
        {
            foreach (var step in steps)
            {
                var touched = Play(step);
                Compare($"{Name(touched)} now", s => s.Read(touched, points[touched] - 1));
            }

            CompareEverything();
        }
        catch (Exception failure) when (failure is not DisagreementException)
        {
            throw new DisagreementException($"{failure.Message}\n\n{story}", failure);
        }
    }

    /// <summary>Does one step on both; returns the branch that it changed.</summary>
    private int Play(HistoryStep step)
    {
        var branch = step.Branch % points.Count;
        var other = step.Other % points.Count;
        switch (step.Kind)
        {
            case StepKind.Write:
                return Write(branch, step.Key, Row.Of(step.Value));
            case StepKind.Delete:
                return Write(branch, step.Key, null);
            case StepKind.ForkHead or StepKind.ForkPast when points.Count < MaxBranches:
                return Fork(branch, step.Kind == StepKind.ForkHead ? points[branch] - 1 : step.Value % points[branch]);
            case StepKind.Merge when other != branch:
                return Merge(other, branch, MergeChoice.Of(step.Value));
            case StepKind.Cross when points.Count >= 4:
                return Cross(branch, step);
            case StepKind.Reset:
                return Reset(branch, step.Value % points[branch]);
            case StepKind.Tag:
                Do($"{Name(branch)}  tag t{tagCount}", s => s.Tag(branch));
                tagCount++;
                return branch;
            case StepKind.Revert when points[branch] > 1:
                return Revert(branch, 1 + (step.Value % (points[branch] - 1)));
            case StepKind.Pick:
                return Pick(branch, other, step.Value % points[other], step.Key);
            case StepKind.Collect when branch > 0:
                Do($"{Name(branch)}  deleted, absorbed, collected; a new one from b0", s => s.DeleteAndCollect(branch));
                points[branch] = 1;
                return branch;
            default:
                return branch;
        }
    }

    private int Write(int branch, int key, Row? row)
    {
        var what = row is null ? $"delete k{key}" : $"write k{key} {row}";
        Do($"{Name(branch)}  {what}", s => s.Write(branch, new Dictionary<int, Row?> { [key] = row }));
        points[branch]++;
        return branch;
    }

    private int Fork(int parent, int point)
    {
        Do($"{Name(points.Count)}  fork of {Name(parent)} at its point {point}", s => s.Fork(parent, point));
        points.Add(1);
        return points.Count - 1;
    }

    private int Merge(int source, int target, MergeChoice choice)
    {
        var what = $"{Name(target)}  merge {Name(source)} ({choice})";
        Compare($"base of {Name(source)} and {Name(target)}", s => s.ReadBase(source, target));
        Compare($"diff of {Name(source)} and {Name(target)}", s => s.Diff(source, target).Order().ToList());
        var before = points[target];
        story.AppendLine(what);
        var expected = model.Merge(source, target, choice);
        var actual = store.Merge(source, target, choice);
        Agree($"conflicts of: {what}", expected.Conflicts, actual.Conflicts);
        Agree($"outcome of: {what}", expected.IsDone, actual.IsDone);
        points[target] = model.HasPoint(target, before) ? before + 1 : before;
        return target;
    }

    /// <summary>
    /// So the next merge of the two has a base that no branch has shown. What each takes may be the other's choice.
    /// </summary>
    private int Cross(int first, HistoryStep step)
    {
        int Other(int place) => (first + place) % points.Count;
        Write(Other(2), step.Key, Row.Of(step.Value));
        Write(Other(3), step.Key, Row.Of(step.Other));
        Merge(Other(2), first, MergeChoice.Of(step.Value));
        Merge(Other(3), first, MergeChoice.Of(step.Other));
        Merge(Other(3), Other(1), MergeChoice.Of(step.Other));
        Merge(Other(2), Other(1), MergeChoice.Of(step.Value + step.Other));
        return Write(first, step.Key, Row.Of(step.Value + step.Other));
    }

    private int Reset(int branch, int point)
    {
        Do($"{Name(branch)}  reset to its point {point}", s => s.Reset(branch, point));
        points[branch] = 1;
        return branch;
    }

    private int Revert(int branch, int point)
    {
        var done = Both($"{Name(branch)}  revert its commit {point}", s => s.Revert(branch, point));
        points[branch] += done ? 1 : 0;
        return branch;
    }

    private int Pick(int target, int source, int point, int key)
    {
        var what = $"{Name(target)}  pick k{key} from {Name(source)} at its point {point}";
        points[target] += Both(what, s => s.Pick(target, source, point, [key])) ? 1 : 0;
        return target;
    }

    private void CompareEverything()
    {
        for (var branch = 0; branch < points.Count; branch++)
        {
            for (var point = 0; point < points[branch]; point++)
            {
                var (b, p) = (branch, point);
                Compare($"{Name(b)} at its point {p}", s => s.Read(b, p));
            }
        }

        for (var tag = 0; tag < tagCount; tag++)
        {
            var t = tag;
            Compare($"tag t{t}", s => s.ReadTag(t));
        }
    }

    private void Do(string what, Action<IHistoryStore> step) =>
        Both(
            what,
            s =>
            {
                step(s);
                return true;
            }
        );

    private bool Both(string what, Func<IHistoryStore, bool> step)
    {
        story.AppendLine(what);
        var done = step(model);
        Agree($"whether there was anything to do: {what}", done, step(store));
        return done;
    }

    private void Compare<T>(string what, Func<IHistoryStore, T> read) => Agree(what, read(model), read(store));

    private void Agree<T>(string what, T expected, T actual)
    {
        // Rows, lists and sets: compared by what they hold.
        if (!Describe(expected).Equals(Describe(actual), StringComparison.Ordinal))
        {
            throw new DisagreementException(
                $"{what}\n  model: {Describe(expected)}\n  store: {Describe(actual)}\n\n{story}"
            );
        }
    }

    private static string Describe<T>(T value) =>
        value switch
        {
            IReadOnlyDictionary<int, Row> rows => string.Join(
                "; ",
                rows.OrderBy(r => r.Key).Select(r => $"k{r.Key} {r.Value}")
            ),
            IEnumerable<string> lines => string.Join("; ", lines),
            IEnumerable<int> keys => string.Join(" ", keys),
            _ => value?.ToString() ?? "",
        };

    private static string Name(int branch) => $"b{branch}";
}

/// <summary>A store and the model differ.</summary>
public sealed class DisagreementException(string message, Exception? inner = null) : Exception(message, inner);
