using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Dendrite.Storage;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.IngestService.Records;

/// <summary>A branch at one point, for reading its datasets and records.</summary>
/// <param name="Name">As the request has it; of a tag's branch, which may be gone.</param>
internal sealed record RecordBranch(ProjectId Project, BranchName Name, BranchSnapshot State)
{
    public RecordView View => RecordView.Of(Project, State);

    public CommitVersion Version => State.Version;
}

/// <summary>Finds branches for reading records. Thread-safe.</summary>
internal sealed class RecordBranches(BranchDirectory directory, SnapshotReader snapshots, RememberedHeads heads)
{
    /// <summary>One round trip, one more for a project that was not asked for before.</summary>
    /// <exception cref="DendriteException">PERMISSION_DENIED, PROJECT_NOT_FOUND, BRANCH_NOT_FOUND,
    /// COMMIT_NOT_FOUND, TAG_NOT_FOUND.</exception>
    public async Task<RecordBranch> GetAsync(
        Caller caller,
        BranchName name,
        SnapshotPoint point,
        CancellationToken cancellationToken
    )
    {
        var project = await directory.GetProjectAsync(caller, name.Project, cancellationToken);
        return new(project, name, await snapshots.ReadAsync(project, name.Branch, point, cancellationToken));
    }

    /// <summary>
    /// Runs something at a point of a branch. At its head without a round trip first, where the head was seen before:
    /// what is read there checks that it still is.
    /// </summary>
    /// <exception cref="DendriteException">As of <see cref="GetAsync"/>, and what is run throws.</exception>
    public async Task<T> AtAsync<T>(
        Caller caller,
        BranchName name,
        SnapshotPoint point,
        Func<RecordBranch, Task<T>> act,
        CancellationToken cancellationToken
    )
    {
        if (point != SnapshotPoint.Head)
        {
            return await act(await GetAsync(caller, name, point, cancellationToken));
        }

        var project = await directory.GetProjectAsync(caller, name.Project, cancellationToken);
        return await heads.AtHeadAsync(
            project,
            name.Branch,
            head => ActAsync(new RecordBranch(project, name, head), act),
            cancellationToken
        );
    }

    /// <summary>
    /// A refusal counts only where it was decided on what is there now. UNAVAILABLE is none: a commit may be durable.
    /// </summary>
    private static async Task<T> ActAsync<T>(RecordBranch branch, Func<RecordBranch, Task<T>> act)
    {
        try
        {
            return await act(branch);
        }
        catch (DendriteException refusal) when (branch.State.IsRemembered && refusal.Reason != ErrorReason.Unavailable)
        {
            throw new HeadMovedException();
        }
    }
}
