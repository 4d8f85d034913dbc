using Dendrite.Access;
using Dendrite.BranchService.Naming;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Filtering;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Dendrite.BranchService.Branches;

/// <summary>
/// Branches over gRPC: reads the request, calls the store, maps the answer. What is not here is UNIMPLEMENTED.
/// </summary>
public sealed partial class BranchRpc(
    ReachedProjects projects,
    BranchStore branches,
    BranchForker forker,
    BranchWriter writer,
    BranchLifecycle lifecycle,
    BranchResetter resetter,
    BranchNames naming,
    BranchGraphStore graphs,
    BranchUsageStore usage,
    BranchSettings settings
) : V1.BranchService.BranchServiceBase
{
    public override async Task<V1.GetBranchResponse> GetBranch(V1.GetBranchRequest request, ServerCallContext context)
    {
        var name = BranchName.Parse(request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var branch = await branches.GetAsync(project, name.Branch, context.CancellationToken);
        return new() { Branch = BranchMapper.ToContract(branch, name.Project) };
    }

    public override async Task<V1.ListBranchesResponse> ListBranches(
        V1.ListBranchesRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        string[] same = ["ListBranches", request.Parent, request.Filter, request.OrderBy, $"{request.ShowDeleted}"];
        var page = ListPage.Read(request.PageToken, request.PageSize, same);
        var order = OrderBy.Read(request.OrderBy, BranchFilter.Times);
        var query = new BranchQuery(page.Limit)
        {
            After = RowPlace.Parse(page.Place),
            Order = order,
            Filter = BranchFilter.Read(request.Filter, parent.Project),
            ShowDeleted = request.ShowDeleted || BranchFilter.AsksForDeleted(request.Filter),
        };
        var project = await projects.ReachAsync(context, parent.Project);
        var found = await branches.ListAsync(project, query, context.CancellationToken);
        var response = new V1.ListBranchesResponse();
        response.Branches.AddRange(page.Of(found).Select(branch => BranchMapper.ToContract(branch, parent.Project)));
        response.NextPageToken = page.TokenAfter(
            found,
            last => order.PlaceOf(last.Name, BranchFilter.PlaceIn(last, request.OrderBy))
        );
        return response;
    }

    public override async Task<V1.UpdateBranchResponse> UpdateBranch(
        V1.UpdateBranchRequest request,
        ServerCallContext context
    )
    {
        if (request.Branch is null)
        {
            throw DendriteException.Invalid("branch", "is missing");
        }

        var name = BranchName.Parse(request.Branch.Name, "branch.name");
        var change = BranchUpdate.Read(request, name.Branch, settings.Time);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Branch.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var target = new BranchTarget(name.Branch, Etag.ToRevision(request.Branch.Etag));
        var branch = await writer.UpdateAsync(project, target, change, mutation, context.CancellationToken);
        return new() { Branch = BranchMapper.ToContract(branch, name.Project) };
    }

    public override async Task<V1.DeleteBranchResponse> DeleteBranch(
        V1.DeleteBranchRequest request,
        ServerCallContext context
    )
    {
        var name = BranchName.Parse(request.Name);
        var deletion = BranchDeletion.Read(request, settings.Options.UndeleteWindow);
        var mutation = Mutations.OfDeletion(
            context,
            request,
            request.RequestId,
            request.Name,
            request.AllowMissing
        ) with
        {
            Detail = deletion.Detail,
        };
        var project = await projects.ReachAsync(context, name.Project);
        var target = new BranchTarget(name.Branch, Etag.ToRevision(request.Etag)) { Head = deletion.Head };
        try
        {
            var window = deletion.Window;
            var branch = await writer.DeleteAsync(project, target, window, mutation, context.CancellationToken);
            LogDeleted(settings.Logger, request.Name, mutation.Actor);
            return new()
            {
                Branch = request.Purge || branch is null ? null : BranchMapper.ToContract(branch, name.Project),
            };
        }
        catch (DendriteException missing) when (missing.Reason == ErrorReason.BranchNotFound && mutation.AllowsMissing)
        {
            var branch = await branches.FindAsync(project, name.Branch, context.CancellationToken);
            return new() { Branch = branch is null ? null : BranchMapper.ToContract(branch, name.Project) };
        }
    }

    public override async Task<V1.UndeleteBranchResponse> UndeleteBranch(
        V1.UndeleteBranchRequest request,
        ServerCallContext context
    )
    {
        var name = BranchName.Parse(request.Name);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var target = new BranchTarget(name.Branch, Etag.ToRevision(request.Etag));
        var branch = await writer.UndeleteAsync(project, target, mutation, context.CancellationToken);
        LogRestored(settings.Logger, request.Name, mutation.Actor);
        return new() { Branch = BranchMapper.ToContract(branch, name.Project) };
    }
}

/// <summary>What calls about branches need besides the stores.</summary>
public sealed class BranchSettings(IOptions<BranchOptions> options, TimeProvider time, ILogger<BranchRpc> logger)
{
    public BranchOptions Options { get; } = options.Value;

    public TimeProvider Time { get; } = time;

    public ILogger Logger { get; } = logger;
}
