using Dendrite.Versioning;

namespace Dendrite.Storage.Commits;

/// <summary>A stored commit.</summary>
/// <param name="Branch">
/// Name of the branch it was made in, as it is called now, or was called last where it is purged; null where that is
/// not known: it came with a backup of another branch, or was purged before names were kept.
/// </param>
public sealed record CommitRecord(string? Branch, CommitContent Content)
{
    public required CommitKind Kind { get; init; }

    /// <summary>The commit before it in the same timeline; zero for the first.</summary>
    public required CommitVersion ParentVersion { get; init; }

    /// <summary>The hash of the commit before it, across the fork; see <see cref="CommitHash"/>.</summary>
    public required byte[] ParentHash { get; init; }

    public required byte[] Hash { get; init; }

    public required IReadOnlyDictionary<string, long> Statistics { get; init; }

    /// <summary>For a merge, the last commit of the branch that was merged.</summary>
    public MergedCommit? Merged { get; init; }
}

/// <summary>A commit that a merge brought in.</summary>
/// <param name="Branch">As that of <see cref="CommitRecord"/>.</param>
public sealed record MergedCommit(string? Branch, CommitVersion Version);
