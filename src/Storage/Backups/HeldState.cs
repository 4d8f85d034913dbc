using Dendrite.Versioning;

namespace Dendrite.Storage.Backups;

/// <summary>The state of a branch or tag at the instant of a backup.</summary>
/// <param name="Kind"><c>branch</c> or <c>tag</c>.</param>
/// <param name="Name">Its id then.</param>
/// <param name="Timeline">Where it points.</param>
/// <param name="Version">Its newest commit.</param>
public sealed record HeldState(string Kind, string Name, TimelineId Timeline, CommitVersion Version)
{
    /// <summary>Its row as JSON.</summary>
    public required string DescriptorJson { get; init; }

    public required IReadOnlyList<HeldEntry> Entries { get; init; }

    /// <summary>The same without since when.</summary>
    public Snapshot Snapshot =>
        Snapshot.Of(
            Entries
                .GroupBy(entry => entry.Owner)
                .Select(owner => new SnapshotEntry(owner.Key, owner.MaxBy(entry => entry.Through).Through))
        );
}

/// <summary>An entry of a vector.</summary>
/// <param name="Since">The commit by which it is seen; zero: from the fork on.</param>
public readonly record struct HeldEntry(TimelineId Owner, CommitVersion Since, CommitVersion Through);

/// <summary>A timeline that a held state sees something of.</summary>
/// <param name="Through">The highest version that any of the states sees.</param>
public sealed record HeldLine(TimelineId Timeline, CommitVersion Start, CommitVersion Through)
{
    public TimelineId? AbsorbedInto { get; init; }

    public CommitVersion? AbsorbedAt { get; init; }
}
