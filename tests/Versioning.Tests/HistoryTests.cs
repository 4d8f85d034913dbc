namespace Dendrite.Versioning.Tests;

/// <summary>
/// Random histories run twice: on version vectors over one shared list of rows, and on a naive model in which every
/// branch is a dictionary, copied at each fork. Both must read the same, now and at every version of the past.
/// </summary>
public sealed class HistoryTests
{
    private const int Keys = 4;

    [Fact]
    public void Every_read_at_every_version_equals_that_of_copied_dictionaries() =>
        Laws.Hold(HistoryStep.Histories, steps => new Run().Play(steps));

    private sealed record Row(TimelineId Timeline, CommitVersion Version, int Key, int? Value);

    private sealed record Point(CommitVersion Version, Snapshot Snapshot, Dictionary<int, int> Copy);

    private sealed class Branch(TimelineId timeline, Point start)
    {
        public TimelineId Timeline { get; } = timeline;

        public List<Point> Points { get; } = [start];

        public Point Head => Points[^1];
    }

    private sealed class Run
    {
        private readonly List<Row> rows = [];
        private readonly List<Branch> branches = [new(new(1), new(CommitVersion.Zero, Snapshot.Empty, []))];
        private long lastVersion;

        public void Play(HistoryStep[] steps)
        {
            foreach (var step in steps)
            {
                var branch = branches[step.Branch % branches.Count];
                switch (step.Kind)
                {
                    case < 5:
                        Write(branch, step.Key % Keys, step.Value);
                        break;
                    case 5:
                        Write(branch, step.Key % Keys, null);
                        break;
                    case 6:
                        Fork(branch, branch.Head);
                        break;
                    default:
                        Fork(branch, branch.Points[step.Value % branch.Points.Count]);
                        break;
                }
            }

            foreach (var branch in branches)
            {
                Assert.All(branch.Points, point => Assert.Equal(point.Copy, Read(point.Snapshot)));
            }
        }

        private void Write(Branch branch, int key, int? value)
        {
            var version = new CommitVersion(++lastVersion);
            rows.Add(new(branch.Timeline, version, key, value));
            var copy = new Dictionary<int, int>(branch.Head.Copy);
            if (value is { } written)
            {
                copy[key] = written;
            }
            else
            {
                copy.Remove(key);
            }

            branch.Points.Add(new(version, branch.Head.Snapshot.Advance(branch.Timeline, version), copy));
        }

        private void Fork(Branch parent, Point at)
        {
            var seen = parent.Head.Snapshot.Fork(parent.Timeline, at.Snapshot[parent.Timeline]);
            Assert.Equal(at.Snapshot, seen);
            Assert.Equal(seen, Snapshot.Base(seen, parent.Head.Snapshot));
            branches.Add(new(new(branches.Count + 1), new(at.Version, seen, new(at.Copy))));
        }

        /// <summary>
        /// Among the visible rows of a key the highest version wins; a row without a value is a deletion.
        /// </summary>
        private Dictionary<int, int> Read(Snapshot snapshot) =>
            rows.Where(row => snapshot.IsVisible(row.Timeline, row.Version))
                .GroupBy(row => row.Key)
                .Select(group => group.MaxBy(row => row.Version)!)
                .Where(row => row.Value is not null)
                .ToDictionary(row => row.Key, row => row.Value!.Value);
    }
}
