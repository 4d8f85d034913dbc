using Dendrite.Storage.Commits;
using Dendrite.Versioning;
using Dendrite.Versioning.History;

namespace Dendrite.Storage.History;

/// <summary>
/// What the rows that bear a version make the digest of its commit: for rows that came from elsewhere under other
/// numbers, which digests cover. Thread-safe.
/// </summary>
public sealed class CommitDigests(PlatformDatabase database)
{
    private readonly WriteVerifier writes = new(database);

    /// <summary>The digest of a commit that is no append, 32 bytes. One round trip; reads its rows.</summary>
    /// <returns>Null where the rows contradict themselves: a record is not what its own digest says.</returns>
    public async Task<byte[]?> ComputeAsync(
        ProjectId project,
        TimelineId timeline,
        CommitVersion version,
        CommitKind kind,
        CancellationToken cancellationToken
    )
    {
        var content = new CommitContent(timeline, version, default, "", "", new byte[32]);
        var commit = new StoredCommit(new ChainedCommit(content, CommitVersion.Zero, [], [], null), null)
        {
            Kind = kind,
        };
        var (check, digest) = await writes.ReadAsync(project, commit, cancellationToken);
        return check.Problem is null ? digest : null;
    }
}
