using System.Collections.Concurrent;
using Dendrite.Errors;
using Dendrite.Storage.Commits;

namespace Dendrite.Storage.Snapshots;

/// <summary>
/// Reads at the head of a branch, and commits to it, in one round trip: through the head that was last seen here, while
/// the same batch asks whether it still is. So nobody ever sees an old state, however many others write, and whether
/// Redis is there makes no difference. Thread-safe.
/// </summary>
/// <remarks>
/// The check is one row by its key: a timeline's <c>head_version</c> says all that the branch sees, and its
/// <c>name_revision</c> changes with everything by which the name may come to lead elsewhere.
/// </remarks>
public sealed class RememberedHeads(SnapshotReader snapshots)
{
    /// <summary>
    /// Some hundred bytes each. When there are more, all are forgotten, which costs a round trip each.
    /// </summary>
    private const int MaxKept = 10_000;

    private readonly ConcurrentDictionary<(ProjectId Project, string Branch), BranchSnapshot> heads = new();

    /// <summary>Runs something at the branch's head; a second time where the head had moved on.</summary>
    /// <param name="branch">The branch's id within the project.</param>
    /// <param name="act">
    /// Uses the head in views (<see cref="Records.RecordView.Of"/>), which check it, or as the head that a commit
    /// expects. Whatever it refuses at a head that was only remembered is asked again at the one that is.
    /// </param>
    /// <exception cref="DendriteException">BRANCH_NOT_FOUND, and what <paramref name="act"/> throws.</exception>
    public async Task<T> AtHeadAsync<T>(
        ProjectId project,
        string branch,
        Func<BranchSnapshot, Task<T>> act,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(act);
        if (heads.TryGetValue((project, branch), out var remembered))
        {
            try
            {
                return await act(remembered with { IsRemembered = true });
            }
            catch (HeadMovedException)
            {
                heads.TryRemove(new((project, branch), remembered));
            }
        }

        return await act(await ReadAsync(project, branch, cancellationToken));
    }

    /// <summary>The head that was last seen here, to be checked where it is used; null: none was.</summary>
    public BranchSnapshot? Find(ProjectId project, string branch) =>
        heads.TryGetValue((project, branch), out var remembered) ? remembered with { IsRemembered = true } : null;

    /// <summary>Reads the head, and remembers it.</summary>
    /// <exception cref="DendriteException">BRANCH_NOT_FOUND.</exception>
    public async Task<BranchSnapshot> ReadAsync(ProjectId project, string branch, CancellationToken cancellationToken)
    {
        var head = await snapshots.ReadAsync(project, branch, SnapshotPoint.Head, cancellationToken);
        Keep(project, branch, head);
        return head;
    }

    /// <summary>Takes in that a commit was made to a head: the branch stands there now.</summary>
    public void Committed(ProjectId project, string branch, BranchSnapshot head, CommitReceipt receipt)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(receipt);
        var now = head with
        {
            Version = receipt.Version,
            Snapshot = head.Snapshot.Advance(head.Timeline, receipt.Version),
            Hash = receipt.Hash,
            IsRemembered = false,
        };
        Keep(project, branch, now);
    }

    private void Keep(ProjectId project, string branch, BranchSnapshot head)
    {
        if (head.NameRevision is null)
        {
            return;
        }

        if (heads.Count >= MaxKept)
        {
            heads.Clear();
        }

        heads[(project, branch)] = head;
    }
}
