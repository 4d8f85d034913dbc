using Dendrite.Access;
using Dendrite.BranchService.Requests;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Snapshots;
using Grpc.Core;

namespace Dendrite.BranchService.Branches;

public sealed partial class BranchRpc
{
    private const string Main = "main";

    public override async Task<V1.CreateBranchResponse> CreateBranch(
        V1.CreateBranchRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var branch = BranchFields.WithFields(
            ReadNew(request, parent) with
            {
                Owner = context.GetCaller().Label,
            },
            request.Branch ?? new(),
            settings.Time
        );
        var name = new BranchName(parent.Project, branch.Name).ToString();
        var mutation = Mutations.Of(context, request, request.RequestId, name);
        var project = await ProjectOfAsync(context, parent.Project);
        if (request.ValidateOnly)
        {
            var preview = await forker.PreviewAsync(project, branch, mutation, context.CancellationToken);
            return new() { Branch = BranchMapper.ToContract(preview, parent.Project) };
        }

        var created = await forker.CreateAsync(project, branch, mutation, context.CancellationToken);
        LogCreated(settings.Logger, name, branch.Parent, created.HeadVersion.Value, mutation.Actor);
        return new() { Branch = BranchMapper.ToContract(created, parent.Project) };
    }

    private NewBranch ReadNew(V1.CreateBranchRequest request, ProjectName parent)
    {
        if (request.BranchId.Length == 0)
        {
            throw new DendriteException(
                ErrorReason.NotImplemented,
                "branch_id: naming templates are part of the contract and not of this server yet; give an id."
            );
        }

        var id = ResourceId.Check(request.BranchId, "branch_id");
        var uid = Guid.CreateVersion7(settings.Time.GetUtcNow());
        var (source, point) = request.Source is null
            ? (null, SnapshotPoint.Head)
            : SnapshotPoints.Read(request.Source, parent.Project, "source");
        return new(id, uid, source?.Branch ?? Main, point) { Owner = "" };
    }
}
