using System.Collections.Immutable;

namespace Dendrite.Versioning;

/// <summary>
/// What a branch sees at one point: for each timeline, the highest visible version. Every read, fork, diff and merge is
/// arithmetic on this vector, so none of them copies data.
/// </summary>
/// <remarks>
/// <code>
/// main (timeline 1)   ──1──2──────5──►      main                     {1:5}
///                           \               trial = fork at 2        {1:2}
/// trial (timeline 2)         ──3──4──►      trial, two commits later {1:2, 2:4}
///                                           their base               {1:2}
///                                           their union (a merge)    {1:5, 2:4}
/// </code>
/// A timeline without an entry shows nothing, so an entry of version 0 says nothing and is never kept: equal sights are
/// equal values. Immutable; entries are sorted by timeline.
/// </remarks>
public sealed class Snapshot : IEquatable<Snapshot>
{
    private readonly ImmutableArray<SnapshotEntry> entries;

    private Snapshot(ImmutableArray<SnapshotEntry> entries) => this.entries = entries;

    /// <summary>Sees nothing: a project before its first commit.</summary>
    public static Snapshot Empty { get; } = new([]);

    /// <summary>The entries, sorted by timeline; none has version 0.</summary>
    public ImmutableArray<SnapshotEntry> Entries => entries;

    /// <summary>
    /// The highest visible version of a timeline; <see cref="CommitVersion.Zero"/> where nothing of it is visible.
    /// </summary>
    public CommitVersion this[TimelineId timeline] =>
        IndexOf(timeline) is var index and >= 0 ? entries[index].Through : CommitVersion.Zero;

    /// <summary>A snapshot of the given entries, in any order; entries of version 0 are dropped.</summary>
    /// <exception cref="ArgumentException">A timeline occurs twice, or a version is negative.</exception>
    public static Snapshot Of(params IEnumerable<SnapshotEntry> entries)
    {
        var sorted = entries.Where(entry => entry.Through != CommitVersion.Zero).OrderBy(entry => entry.Timeline);
        var kept = sorted.ToImmutableArray();
        for (var i = 0; i < kept.Length; i++)
        {
            if (kept[i].Through < CommitVersion.Zero)
            {
                throw new ArgumentException($"Timeline {kept[i].Timeline} has a negative version.", nameof(entries));
            }

            if (i > 0 && kept[i].Timeline == kept[i - 1].Timeline)
            {
                throw new ArgumentException($"Timeline {kept[i].Timeline} occurs twice.", nameof(entries));
            }
        }

        return kept.IsEmpty ? Empty : new(kept);
    }

    /// <summary>Whether a row that the timeline wrote at the version can be seen here.</summary>
    public bool IsVisible(TimelineId timeline, CommitVersion version) => version <= this[timeline];

    /// <summary>The snapshot after a commit at <paramref name="version"/> on <paramref name="timeline"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The version is not above what is visible already.</exception>
    public Snapshot Advance(TimelineId timeline, CommitVersion version)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(version, this[timeline]);
        var index = IndexOf(timeline);
        var entry = new SnapshotEntry(timeline, version);
        return new(index >= 0 ? entries.SetItem(index, entry) : entries.Insert(~index, entry));
    }

    /// <summary>
    /// What is left when a timeline is seen only up to <paramref name="through"/>; other entries stay.
    /// </summary>
    public Snapshot ClipTo(TimelineId timeline, CommitVersion through)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(through, CommitVersion.Zero);
        var index = IndexOf(timeline);
        if (index < 0 || entries[index].Through <= through)
        {
            return this;
        }

        return new(
            through == CommitVersion.Zero ? entries.RemoveAt(index) : entries.SetItem(index, new(timeline, through))
        );
    }

    /// <summary>
    /// What a new branch sees that is forked from <paramref name="parent"/>'s branch, whose snapshot this is, at
    /// version
    /// <paramref name="at"/>. The new timeline has no entry until its first commit.
    /// </summary>
    /// <remarks>For a fork in the past, start from the parent's snapshot as of that version: what it merged later is in
    /// today's vector and was not in that one, and clipping one entry does not take it out again.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The parent has not come to that version here.</exception>
    public Snapshot Fork(TimelineId parent, CommitVersion at)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(at, this[parent]);
        return ClipTo(parent, at);
    }

    /// <summary>The merge base: what both see (pointwise minimum). Cost: the sum of both lengths.</summary>
    public static Snapshot Base(Snapshot left, Snapshot right) => Merge(left, right, CommitVersion.Min);

    /// <summary>What either sees (pointwise maximum). Cost: the sum of both lengths.</summary>
    public static Snapshot Union(Snapshot left, Snapshot right) => Merge(left, right, CommitVersion.Max);

    /// <summary>Whether one contains the other. Cost: the sum of both lengths.</summary>
    public static SnapshotOrder Compare(Snapshot left, Snapshot right)
    {
        var (leftHasMore, rightHasMore) = (false, false);
        foreach (var (_, leftThrough, rightThrough) in Pairs(left, right))
        {
            leftHasMore |= leftThrough > rightThrough;
            rightHasMore |= rightThrough > leftThrough;
        }

        return (leftHasMore, rightHasMore) switch
        {
            (false, false) => SnapshotOrder.Equal,
            (false, true) => SnapshotOrder.Before,
            (true, false) => SnapshotOrder.After,
            (true, true) => SnapshotOrder.Diverged,
        };
    }

    public bool Equals(Snapshot? other) => other is not null && entries.AsSpan().SequenceEqual(other.entries.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as Snapshot);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var entry in entries)
        {
            hash.Add(entry);
        }

        return hash.ToHashCode();
    }

    /// <summary>For logs and messages: <c>{1:5, 2:4}</c>.</summary>
    public override string ToString() => $"{{{string.Join(", ", entries.Select(e => $"{e.Timeline}:{e.Through}"))}}}";

    private static Snapshot Merge(
        Snapshot left,
        Snapshot right,
        Func<CommitVersion, CommitVersion, CommitVersion> choose
    )
    {
        var merged = ImmutableArray.CreateBuilder<SnapshotEntry>(left.entries.Length + right.entries.Length);
        foreach (var (timeline, leftThrough, rightThrough) in Pairs(left, right))
        {
            var through = choose(leftThrough, rightThrough);
            if (through != CommitVersion.Zero)
            {
                merged.Add(new(timeline, through));
            }
        }

        return merged.Count == 0 ? Empty : new(merged.DrainToImmutable());
    }

    /// <summary>Every timeline with an entry on either side, in order, with version 0 where a side has none.</summary>
    private static IEnumerable<(TimelineId Timeline, CommitVersion Left, CommitVersion Right)> Pairs(
        Snapshot left,
        Snapshot right
    )
    {
        int i = 0;
        int j = 0;
        while (i < left.entries.Length || j < right.entries.Length)
        {
            var order =
                i == left.entries.Length ? 1
                : j == right.entries.Length ? -1
                : left.entries[i].Timeline.CompareTo(right.entries[j].Timeline);
            var timeline = order <= 0 ? left.entries[i].Timeline : right.entries[j].Timeline;
            var leftThrough = order <= 0 ? left.entries[i++].Through : CommitVersion.Zero;
            var rightThrough = order >= 0 ? right.entries[j++].Through : CommitVersion.Zero;
            yield return (timeline, leftThrough, rightThrough);
        }
    }

    /// <summary>The index of the timeline's entry, or the complement of where it would stand.</summary>
    private int IndexOf(TimelineId timeline)
    {
        var (low, high) = (0, entries.Length - 1);
        while (low <= high)
        {
            var middle = low + ((high - low) / 2);
            var order = entries[middle].Timeline.CompareTo(timeline);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }
}
