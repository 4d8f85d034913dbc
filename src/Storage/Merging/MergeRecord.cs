using Dendrite.Storage.Branches;
using Dendrite.Versioning;

namespace Dendrite.Storage.Merging;

/// <summary>A merge's number within the database; <c>m12</c> in resource names.</summary>
public readonly record struct MergeId(long Value)
{
    public static MergeId? TryParse(string text) =>
        text.Length > 1
        && text[0] == 'm'
        && long.TryParse(
            text.AsSpan(1),
            System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture,
            out var value
        )
            ? new(value)
            : null;

    public override string ToString() => $"m{Value.ToString(System.Globalization.CultureInfo.InvariantCulture)}";
}

/// <summary>Where a merge stands. Stored by its lower-case name.</summary>
public enum MergeState
{
    /// <summary>Waits for decisions.</summary>
    Waiting = 1,

    /// <summary>Every conflict is decided.</summary>
    Ready,

    Completed,

    /// <summary>Given up.</summary>
    Abandoned,
}

/// <summary>What a merge is about and how it was asked for.</summary>
/// <param name="Source">Stays when the branch is renamed, and is no other branch's.</param>
/// <param name="SourceName">
/// As it is called now; of a purged branch, as it was called last, or when the merge was opened where nothing of it is
/// left.
/// </param>
public sealed record MergeSubject(BranchId Source, BranchId Target, string SourceName, string TargetName)
{
    public string? SourcePointJson { get; init; }

    public string PolicyJson { get; init; } = "{}";

    public string Message { get; init; } = "";

    public string Creator { get; init; } = "";
}

/// <summary>How a merge stands.</summary>
/// <param name="CountsJson">JSON of the contract's MergeCounts.</param>
public sealed record MergeProgress(
    MergeState State,
    CommitVersion SourceVersion,
    CommitVersion TargetVersion,
    string CountsJson
);

/// <summary>A merge as it is stored.</summary>
public sealed record MergeRecord(MergeId Id, MergeSubject Subject, MergeProgress Progress, long Revision)
{
    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset? EndTime { get; init; }

    /// <summary>The commit that it made; null while it is not done, and where there was nothing to merge.</summary>
    public CommitVersion? Commit { get; init; }
}

/// <summary>A decision as it is stored.</summary>
/// <param name="ResolutionJson">JSON of the contract's Resolution.</param>
public sealed record MergeDecision(string ConflictId, string ResolutionJson, string Resolver, DateTimeOffset Time);
