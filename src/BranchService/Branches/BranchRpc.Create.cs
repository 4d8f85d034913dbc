using Dendrite.Access;
using Dendrite.BranchService.Requests;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Storage.Branches;
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
        var point = SnapshotPoints.Read(request.Source?.Point, "source.point");
        return new(id, uid, ReadSource(request, parent), point) { Owner = "" };
    }

    private static string ReadSource(V1.CreateBranchRequest request, ProjectName parent)
    {
        if (request.Source is null)
        {
            return Main;
        }

        var source = BranchName.Parse(request.Source.Branch, "source.branch");
        return source.Project == parent.Project
            ? source.Branch
            : throw DendriteException.Invalid(
                "source.branch",
                "is of another project: a branch is forked within its project"
            );
    }
}
