using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Storage;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Requests;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.BranchService.Branches;

public sealed partial class BranchRpc
{
    private const int MaxReasonLength = 4_000;

    public override async Task<V1.RenameBranchResponse> RenameBranch(
        V1.RenameBranchRequest request,
        ServerCallContext context
    )
    {
        var id = ResourceId.Check(request.NewBranchId, "new_branch_id");
        var call = await ReadAsync(context, request, request.Name, request.Etag, request.RequestId);
        var mutation = call.Mutation with { Detail = new Dictionary<string, string> { ["new_branch_id"] = id } };
        var branch = await lifecycle.RenameAsync(call.Project, call.Target, id, mutation, context.CancellationToken);
        LogRenamed(settings.Logger, request.Name, branch.Name, mutation.Actor);
        return new() { Branch = BranchMapper.ToContract(branch, call.Name.Project) };
    }

    public override async Task<V1.ArchiveBranchResponse> ArchiveBranch(
        V1.ArchiveBranchRequest request,
        ServerCallContext context
    )
    {
        var call = await ReadAsync(context, request, request.Name, request.Etag, request.RequestId);
        var branch = await lifecycle.ArchiveAsync(call.Project, call.Target, call.Mutation, context.CancellationToken);
        LogArchived(settings.Logger, request.Name, call.Mutation.Actor);
        return new() { Branch = BranchMapper.ToContract(branch, call.Name.Project) };
    }

    public override async Task<V1.UnarchiveBranchResponse> UnarchiveBranch(
        V1.UnarchiveBranchRequest request,
        ServerCallContext context
    )
    {
        var call = await ReadAsync(context, request, request.Name, request.Etag, request.RequestId);
        var branch = await lifecycle.UnarchiveAsync(
            call.Project,
            call.Target,
            call.Mutation,
            context.CancellationToken
        );
        LogUnarchived(settings.Logger, request.Name, call.Mutation.Actor);
        return new() { Branch = BranchMapper.ToContract(branch, call.Name.Project) };
    }

    public override async Task<V1.SetBranchProtectionResponse> SetBranchProtection(
        V1.SetBranchProtectionRequest request,
        ServerCallContext context
    )
    {
        var call = await ReadAsync(context, request, request.Name, request.Etag, request.RequestId);
        var branch = await lifecycle.ProtectAsync(
            call.Project,
            call.Target,
            request.Protected,
            call.Mutation with
            {
                Detail = new Dictionary<string, string> { ["protected"] = request.Protected ? "true" : "false" },
            },
            context.CancellationToken
        );
        LogProtected(settings.Logger, request.Name, request.Protected, call.Mutation.Actor);
        return new() { Branch = BranchMapper.ToContract(branch, call.Name.Project) };
    }

    public override async Task<V1.SetExperimentStateResponse> SetExperimentState(
        V1.SetExperimentStateRequest request,
        ServerCallContext context
    )
    {
        var state = request.State switch
        {
            V1.ExperimentState.Running => "running",
            V1.ExperimentState.Completed => "completed",
            V1.ExperimentState.Failed => "failed",
            _ => throw DendriteException.Invalid("state", "must be RUNNING, COMPLETED or FAILED"),
        };
        var reason = RequestFields.Text(request.Reason, "reason", MaxReasonLength);
        var call = await ReadAsync(context, request, request.Name, request.Etag, request.RequestId);
        var branch = await lifecycle.SetExperimentAsync(
            call.Project,
            call.Target,
            (state, reason),
            call.Mutation with
            {
                Detail = new Dictionary<string, string> { ["state"] = state, ["reason"] = reason },
            },
            context.CancellationToken
        );
        LogExperiment(settings.Logger, request.Name, state, call.Mutation.Actor);
        return new() { Branch = BranchMapper.ToContract(branch, call.Name.Project) };
    }

    public override async Task<V1.ResetBranchResponse> ResetBranch(
        V1.ResetBranchRequest request,
        ServerCallContext context
    )
    {
        var name = BranchName.Parse(request.Name);
        if (request.Point is null || request.Point.PointCase == V1.SnapshotPoint.PointOneofCase.None)
        {
            throw DendriteException.Invalid("point", "is missing; give a version, a tag or an instant to go back to");
        }

        var point = SnapshotPoints.Read(request.Point, name.Project, "point");
        var message = RequestFields.Text(request.Message, "message", MaxReasonLength);
        var call = await ReadAsync(context, request, request.Name, request.Etag, request.RequestId);
        var detail = new Dictionary<string, string> { ["point"] = request.Point.ToString(), ["message"] = message };
        var reset = await resetter.ResetAsync(
            call.Project,
            call.Target,
            point,
            call.Mutation with
            {
                Detail = detail,
            },
            context.CancellationToken
        );
        LogReset(settings.Logger, request.Name, reset.PreviousVersion.Value, reset.Branch.HeadVersion.Value);
        return new()
        {
            Branch = BranchMapper.ToContract(reset.Branch, name.Project),
            PreviousVersion = reset.PreviousVersion.Value,
        };
    }

    /// <summary>What all changes of one branch have in common.</summary>
    private async Task<BranchCall> ReadAsync(
        ServerCallContext context,
        IMessage request,
        string branch,
        string etag,
        string requestId
    )
    {
        var name = BranchName.Parse(branch);
        var mutation = Mutations.Of(context, request, requestId, branch);
        var project = await projects.ReachAsync(context, name.Project);
        return new(name, project, new(name.Branch, Etag.ToRevision(etag)), mutation);
    }

    private sealed record BranchCall(BranchName Name, ProjectId Project, BranchTarget Target, Mutation Mutation);
}
