namespace Dendrite.Versioning.History;

/// <summary>
/// Recomputes a hash chain, commit by commit. Commits come in the order of their versions, of all timelines of a
/// snapshot together; what is kept of each timeline is its last commit, so memory follows the timelines and not the
/// commits.
/// </summary>
/// <remarks>
/// A chain cannot prove that its last commits were not cut off; a snapshot says how far it sees, and a timeline its own
/// head: see
/// <see cref="VerifyEnd"/>.
/// </remarks>
/// <param name="projectId">The project's number in the database, which every hash covers.</param>
public sealed class HistoryVerifier(long projectId)
{
    private readonly Dictionary<TimelineId, Link> last = [];

    /// <summary>How many commits hold so far.</summary>
    public long VerifiedCommits { get; private set; }

    /// <summary>Takes the next commit.</summary>
    /// <returns>What is wrong with it, or null where it holds.</returns>
    public string? Verify(ChainedCommit commit)
    {
        var content = commit.Content;
        var isFirst = !last.TryGetValue(content.Timeline, out var before);
        if (isFirst)
        {
            before = new(CommitVersion.Zero, commit.ForkHash);
        }

        var problem = Problem(commit, before, isFirst);
        if (problem is null)
        {
            last[content.Timeline] = new(content.Version, commit.Hash);
            VerifiedCommits++;
        }

        return problem;
    }

    /// <summary>Compares what a snapshot says of a timeline with the last commit that came of it.</summary>
    /// <param name="through">The last commit that the snapshot sees.</param>
    /// <param name="headHash">The timeline's own word of that commit's hash; null where it has gone on since.</param>
    /// <returns>What is wrong, or null where it holds.</returns>
    public string? VerifyEnd(TimelineId timeline, CommitVersion through, byte[]? headHash)
    {
        if (!last.TryGetValue(timeline, out var link) || link.Version != through)
        {
            return "it is seen, and missing";
        }

        return headHash is null || headHash.AsSpan().SequenceEqual(link.Hash)
            ? null
            : "its hash is not the one that its timeline keeps as that of its head";
    }

    private string? Problem(ChainedCommit commit, Link before, bool isFirst)
    {
        if (commit.ParentVersion != before.Version)
        {
            return isFirst
                ? $"its parent is version {commit.ParentVersion}, and no commit comes before it in its timeline"
                : $"its parent is version {commit.ParentVersion}, and the commit before it is {before.Version}";
        }

        if (before.Hash is null)
        {
            return "the commit that its timeline was forked at is missing";
        }

        if (!commit.ParentHash.AsSpan().SequenceEqual(before.Hash))
        {
            return isFirst
                ? "its parent hash is not the hash of the commit that its timeline was forked at"
                : $"its parent hash is not the hash of commit {before.Version}";
        }

        return CommitHash.Compute(commit.ParentHash, projectId, commit.Content).AsSpan().SequenceEqual(commit.Hash)
            ? null
            : "its hash is not that of its content: time, author, message or digest was changed";
    }

    /// <param name="Hash">Null where the commit is missing.</param>
    private readonly record struct Link(CommitVersion Version, byte[]? Hash);
}

/// <summary>A commit as it is stored, with what it is chained to.</summary>
/// <param name="ParentVersion">The commit before it in its timeline; zero for the first.</param>
/// <param name="ForkHash">
/// The hash of the commit that its timeline was forked at: <see cref="CommitHash.Genesis"/> where there was none, null
/// where that commit is missing.
/// </param>
public sealed record ChainedCommit(
    CommitContent Content,
    CommitVersion ParentVersion,
    byte[] ParentHash,
    byte[] Hash,
    byte[]? ForkHash
);
