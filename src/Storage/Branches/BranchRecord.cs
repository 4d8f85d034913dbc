using Dendrite.Versioning;

namespace Dendrite.Storage.Branches;

/// <summary>A branch as it is stored.</summary>
/// <param name="Name">Its id in resource names, such as <c>main</c>.</param>
/// <param name="Uid">What stays when it is renamed and what no later branch of that name has.</param>
/// <param name="Timeline">The timeline it points at.</param>
public sealed record BranchRecord(BranchId Id, string Name, Guid Uid, TimelineId Timeline)
{
    public required BranchKind Kind { get; init; }

    /// <summary>Grows with every change of a field; commits do not count.</summary>
    public required long Revision { get; init; }

    public string DisplayName { get; init; } = "";

    public string Description { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public string Owner { get; init; } = "";

    public bool Protected { get; init; }

    /// <summary>What it was forked from; null for main.</summary>
    public BranchFork? Fork { get; init; }

    public ExperimentRecord? Experiment { get; init; }

    /// <summary>The newest commit of its line; zero where there is none.</summary>
    public CommitVersion HeadVersion { get; init; }

    /// <summary>When that was committed.</summary>
    public DateTimeOffset? HeadTime { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    public DateTimeOffset? ExpireTime { get; init; }

    public DateTimeOffset? ArchiveTime { get; init; }

    public DateTimeOffset? DeleteTime { get; init; }

    public DateTimeOffset? PurgeTime { get; init; }

    /// <summary>When it was last restored after a deletion; null: never.</summary>
    public DateTimeOffset? RestoreTime { get; init; }

    public BranchState State =>
        DeleteTime is not null ? BranchState.Deleted
        : ArchiveTime is not null ? BranchState.Archived
        : BranchState.Active;
}

/// <summary>Where a branch was forked from.</summary>
/// <param name="Parent">Name of that branch as it is called now; null once it was purged.</param>
/// <param name="Version">Up to which version the parent's own commits are seen; zero: none of them.</param>
/// <param name="Tag">The tag that named the state, if one did.</param>
public sealed record BranchFork(string? Parent, CommitVersion Version, string? Tag);

/// <summary>How an experiment goes, and who said so.</summary>
/// <param name="State"><c>running</c>, <c>completed</c> or <c>failed</c>.</param>
public sealed record ExperimentRecord(string State, DateTimeOffset Time, string Actor, string? Reason);
