using Dendrite.Versioning.Merging;

namespace Dendrite.Versioning.Tests.Histories;

/// <summary>Rows of a few keys, append-only, each with its timeline and version.</summary>
internal sealed class CoreRows(CoreRules rules)
{
    private readonly Dictionary<int, List<StoredRow>> byKey = [];
    private readonly Dictionary<TimelineId, (TimelineId Into, CommitVersion At)> absorbed = [];
    private readonly List<(TimelineId Timeline, CommitVersion Version, Dictionary<int, Snapshot> Saw)> merges = [];

    /// <summary>Writes a row with the flags that a writer that sees <paramref name="seen"/> gives it.</summary>
    /// <param name="sides">What was seen before, of a merge by each side.</param>
    public void Add(
        int key,
        (TimelineId Timeline, CommitVersion Version) at,
        Row? value,
        Snapshot seen,
        params IEnumerable<Snapshot> sides
    )
    {
        var (timeline, version) = at;
        var rows = Of(key);
        var over = sides.Select(side => Winner(key, side)).OfType<StoredRow>().Select(row => row.Version);
        var shadows = rows.Any(row => row.Timeline != timeline && IsVisible(row, seen));
        if (rows.FindLast(row => row.Timeline == timeline) is { } before)
        {
            before.SupersededAt = version;
        }

        rows.Add(
            new(timeline, version, value)
            {
                Shadows = shadows,
                Over = [.. over.Distinct()],
                Saw = SawOf(key, seen),
            }
        );
    }

    public void MarkWinner(int key, Snapshot snapshot)
    {
        if (Winner(key, snapshot) is { } winner)
        {
            winner.Shadows = true;
        }
    }

    public StoredRow? Winner(int key, Snapshot snapshot)
    {
        StoredRow? winner = null;
        foreach (var row in Of(key))
        {
            if (rules.Counts(row) && IsVisible(row, snapshot) && (winner is null || row.Version > winner.Version))
            {
                winner = row;
            }
        }

        return winner;
    }

    public RowState<string, int> State(int key, Snapshot side, Snapshot atBase) =>
        Winner(key, side) is { } row
            ? new(row.Version, row.Value?.ToCells()) { IsDiverged = IsDiverged(key, side, atBase) }
            : new(CommitVersion.Zero, null);

    /// <summary>Remembers a merge: whoever sees its commit has shown all that it brought together.</summary>
    public void AddMerge(TimelineId timeline, CommitVersion version, Snapshot union) =>
        merges.Add((timeline, version, byKey.Keys.ToDictionary(key => key, key => SawOf(key, union))));

    /// <summary>The base of a key that both sides wrote beyond it.</summary>
    public RowState<string, int> CrosswiseBase(int key, Snapshot atBase)
    {
        var newest = State(key, atBase, atBase);
        var seen = Of(key).Where(row => rules.Counts(row) && IsVisible(row, atBase)).ToList();
        var isShown = merges.Exists(merge =>
            IsTimelineVisible(merge.Timeline, merge.Version, atBase)
            && merge.Saw.TryGetValue(key, out var saw)
            && seen.TrueForAll(row => saw.IsVisible(row.Timeline, row.Version))
        );
        var rule = new CrosswiseBase<string, int>(new IntegerRules(), MergeChoice.MayAddUp);
        return isShown
            ? newest
            : rules.CrosswiseBase(
                newest,
                rule.Find([
                    .. seen.Select(row => new SeenRow<string, int>(
                        row.Timeline,
                        row.Version,
                        row.Value?.ToCells(),
                        row.Saw
                    )),
                ])
            );
    }

    public RowAncestry<string, int> AncestryOf(int key) =>
        new(
            new IntegerRules(),
            Of(key).Select(row => new AncestralRow<string, int>(row.Version, row.Value?.ToCells(), row.Over))
        );

    public Dictionary<int, Row> Read(Snapshot snapshot) =>
        byKey
            .Keys.Select(key => (Key: key, Winner(key, snapshot)?.Value))
            .Where(row => row.Value is not null)
            .ToDictionary(row => row.Key, row => row.Value!);

    /// <summary>
    /// The same without sorting, as PostgreSQL scans: visible rows that their timeline did not supersede within the
    /// snapshot, but for those below a visible row that shadows.
    /// </summary>
    public Dictionary<int, Row> Scan(Snapshot snapshot)
    {
        var result = new Dictionary<int, Row>();
        foreach (var (key, rows) in byKey)
        {
            var left = rows.Where(row => rules.Counts(row) && IsVisible(row, snapshot) && !IsSuperseded(row, snapshot))
                .ToList();
            left.RemoveAll(row => left.Any(above => above.Shadows && above.Version > row.Version));
            Assert.True(left.Count <= 1, $"A scan of {snapshot} shows key {key} {left.Count} times.");
            if (left.SingleOrDefault()?.Value is { } value)
            {
                result.Add(key, value);
            }
        }

        return result;
    }

    public IEnumerable<int> FindDiverged(Snapshot atBase, Snapshot source, Snapshot target) =>
        byKey.Keys.Where(key => IsDiverged(key, source, atBase) || IsDiverged(key, target, atBase)).Order().ToList();

    public void Absorb(TimelineId timeline, TimelineId into, CommitVersion at) => absorbed[timeline] = (into, at);

    /// <summary>Removes the rows that none of the snapshots sees.</summary>
    public void Collect(IReadOnlyList<Snapshot> live)
    {
        foreach (var rows in byKey.Values)
        {
            rows.RemoveAll(row => !live.Any(snapshot => IsVisible(row, snapshot)));
        }
    }

    private bool IsDiverged(int key, Snapshot side, Snapshot atBase) =>
        Of(key).Exists(row => IsVisible(row, side) && !IsVisible(row, atBase));

    private bool IsVisible(StoredRow row, Snapshot snapshot) =>
        absorbed.TryGetValue(row.Timeline, out var whole)
            ? IsTimelineVisible(whole.Into, whole.At, snapshot)
            : snapshot.IsVisible(row.Timeline, row.Version);

    private bool IsTimelineVisible(TimelineId timeline, CommitVersion at, Snapshot snapshot) =>
        absorbed.TryGetValue(timeline, out var whole)
            ? IsTimelineVisible(whole.Into, whole.At, snapshot)
            : snapshot.IsVisible(timeline, at);

    private bool IsSuperseded(StoredRow row, Snapshot snapshot) =>
        row.SupersededAt is { } at
        && (
            absorbed.TryGetValue(row.Timeline, out _) ? IsVisible(row, snapshot) : snapshot.IsVisible(row.Timeline, at)
        );

    /// <summary>Of each timeline that wrote the key, the newest of its rows that is seen.</summary>
    private Snapshot SawOf(int key, Snapshot seen) =>
        Snapshot.Of(
            Of(key)
                .Where(row => IsVisible(row, seen))
                .GroupBy(row => row.Timeline)
                .Select(line => new SnapshotEntry(line.Key, line.Max(row => row.Version)))
        );

    private List<StoredRow> Of(int key)
    {
        if (!byKey.TryGetValue(key, out var rows))
        {
            byKey.Add(key, rows = []);
        }

        return rows;
    }
}
