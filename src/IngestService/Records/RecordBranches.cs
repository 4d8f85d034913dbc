using Dendrite.Access;
using Dendrite.Contracts.Names;
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
internal sealed class RecordBranches(BranchDirectory directory, SnapshotReader snapshots)
{
    /// <summary>One round trip, one more for a project that was not asked for before.</summary>
    /// <exception cref="Errors.DendriteException">PERMISSION_DENIED, PROJECT_NOT_FOUND, BRANCH_NOT_FOUND,
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
}
