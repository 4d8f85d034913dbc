namespace Dendrite.Versioning.Tests.Histories;

/// <summary>An entry of a timeline's vector: an owner is seen up to a version, since one of the timeline.</summary>
internal readonly record struct SinceEntry(TimelineId Owner, CommitVersion Since, CommitVersion Through);

/// <summary>A timeline with its vector and the versions it went through.</summary>
internal sealed class CoreLine
{
    private readonly List<CommitVersion> versions;
    private readonly List<SinceEntry> entries;

    public CoreLine(TimelineId timeline, CommitVersion start, Snapshot seen, IEnumerable<SinceEntry>? inherited = null)
    {
        Timeline = timeline;
        Start = start;
        versions = [start];
        Head = seen;
        entries = inherited?.ToList() ?? [];
    }

    public TimelineId Timeline { get; }

    /// <summary>The newest version seen at the fork.</summary>
    public CommitVersion Start { get; }

    public Snapshot Head { get; private set; }

    public IReadOnlyList<SinceEntry> Entries => entries;

    public int PointCount => versions.Count;

    public CommitVersion VersionAt(int point) => versions[point];

    public void Commit(CommitVersion version)
    {
        versions.Add(version);
        Head = Head.Advance(Timeline, version);
    }

    public void Merge(CoreLine source, CommitVersion version, Snapshot union)
    {
        entries.AddRange(
            source
                .Head.Entries.Where(entry => entry.Timeline != Timeline && union[entry.Timeline] > Head[entry.Timeline])
                .Select(entry => new SinceEntry(entry.Timeline, version, union[entry.Timeline]))
        );
        Head = union;
        Commit(version);
    }

    /// <summary>What was seen at a point: without what was merged later, its own end clipped.</summary>
    public Snapshot At(int point, CoreRules rules)
    {
        var version = versions[point];
        var seen = EntriesAt(point, withSelf: false)
            .GroupBy(entry => entry.Owner)
            .Select(owner => new SnapshotEntry(owner.Key, owner.Max(entry => entry.Through)));
        var own = new SnapshotEntry(Timeline, point == 0 ? CommitVersion.Zero : Head[Timeline]);
        return rules.Clip(Snapshot.Of(seen.Append(own)), Timeline, version);
    }

    public IEnumerable<SinceEntry> EntriesAt(int point, bool withSelf = true)
    {
        var version = versions[point];
        var seen = entries.Where(entry => entry.Since <= version);
        return withSelf && point > 0 ? seen.Append(new(Timeline, CommitVersion.Zero, version)) : seen;
    }

    public IEnumerable<Snapshot> AllPoints(CoreRules rules) =>
        Enumerable.Range(0, versions.Count).Select(point => At(point, rules));

    /// <summary>Drops what a merge implies.</summary>
    public void Forget(TimelineId absorbed)
    {
        entries.RemoveAll(entry => entry.Owner == absorbed);
        Head = Head.ClipTo(absorbed, CommitVersion.Zero);
    }
}
