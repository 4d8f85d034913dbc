using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Snapshots;
using Grpc.Core;

namespace Dendrite.BranchService.Branches;

public sealed partial class BranchRpc
{
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
        var project = await projects.ReachAsync(context, parent.Project);
        var name =
            request.BranchId.Length == 0
                ? await naming.FillAsync(parent, branch.Kind, request.TemplateValues, context.CancellationToken)
                : null;
        var resource = new BranchName(parent.Project, branch.Name).ToString();
        var mutation = Mutations.Of(context, request, request.RequestId, resource);
        if (request.ValidateOnly)
        {
            var preview = await forker.PreviewAsync(project, branch, name, mutation, context.CancellationToken);
            return new() { Branch = BranchMapper.ToContract(preview, parent.Project) };
        }

        var created = name is null
            ? await forker.CreateAsync(project, branch, mutation, context.CancellationToken)
            : await forker.CreateNumberedAsync(project, branch, name, mutation, context.CancellationToken);
        LogCreated(settings.Logger, created.Name, branch.Parent, created.HeadVersion.Value, mutation.Actor);
        return new() { Branch = BranchMapper.ToContract(created, parent.Project) };
    }

    public override async Task<V1.GenerateBranchIdResponse> GenerateBranchId(
        V1.GenerateBranchIdRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        if (request.Kind == V1.BranchKind.Unspecified)
        {
            throw DendriteException.Invalid("kind", "is missing; say whose template");
        }

        var kind = BranchFields.Kind(request.Kind, "kind");
        var project = await projects.ReachAsync(context, parent.Project);
        var name = await naming.FillAsync(parent, kind, request.TemplateValues, context.CancellationToken);
        return new() { BranchId = await naming.FindFreeAsync(project, name, context.CancellationToken) };
    }

    /// <summary>The branch but for its fields; its name is empty where it is made from a template.</summary>
    private NewBranch ReadNew(V1.CreateBranchRequest request, ProjectName parent)
    {
        if (request.BranchId.Length > 0 && request.TemplateValues.Count > 0)
        {
            throw DendriteException.Invalid("template_values", "make an id, and one is given: leave one of both out");
        }

        var id = request.BranchId.Length == 0 ? "" : ResourceId.Check(request.BranchId, "branch_id");
        var uid = Guid.CreateVersion7(settings.Time.GetUtcNow());
        var (source, point) = request.Source is null
            ? (null, SnapshotPoint.Head)
            : SnapshotPoints.Read(request.Source, parent.Project, "source");
        return new(id, uid, source?.Branch ?? BranchFields.Main, point) { Owner = "" };
    }
}
