using Dendrite.Storage.Snapshots;

namespace Dendrite.Storage.Branches;

/// <summary>What a new branch begins with.</summary>
/// <param name="Uid">From the caller, so that a test can choose it.</param>
/// <param name="Parent">Name of the branch to fork; not looked at where the point is a tag.</param>
/// <param name="Point">Which state of it.</param>
public sealed record NewBranch(string Name, Guid Uid, string Parent, SnapshotPoint Point)
{
    public BranchKind Kind { get; init; } = BranchKind.Experiment;

    public required string Owner { get; init; }

    public string DisplayName { get; init; } = "";

    public string Description { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public DateTimeOffset? ExpireTime { get; init; }
}

/// <summary>New values of a branch's fields; null leaves a field as it is.</summary>
public sealed record BranchChange
{
    public string? DisplayName { get; init; }

    public string? Description { get; init; }

    public BranchKind? Kind { get; init; }

    public string? Owner { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Whether <see cref="ExpireTime"/> is a new value, which may be null: never.</summary>
    public bool SetsExpireTime { get; init; }

    public DateTimeOffset? ExpireTime { get; init; }
}
