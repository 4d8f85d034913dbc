using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Storage.Merging;
using Grpc.Core;

namespace Dendrite.BranchService.Merging;

public sealed partial class MergeRpc
{
    public override async Task<V1.CreateMergeResponse> CreateMerge(
        V1.CreateMergeRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var asked = request.Merge ?? throw DendriteException.Invalid("merge", "is missing; give its pair");
        var pair = MergeNames.Read(asked.Pair, "merge.pair");
        if (pair.Target.Project != parent.Project)
        {
            throw DendriteException.Invalid("merge.pair.target", $"is not of project '{parent.Project}'");
        }

        var merge = new MergeRequest(
            pair,
            () => MergeDecisions.Read(asked.Policy, "merge.policy"),
            Mutations.Of(context, request, request.RequestId, request.Parent)
        )
        {
            Message = RequestFields.Text(asked.Message, "merge.message", MaxMessageLength),
            PolicyJson = $"{asked.Policy ?? new()}",
        };
        _ = merge.Decisions();
        var project = await projects.ReachAsync(context, parent.Project);
        var id = await desk.OpenAsync(project, merge, context.CancellationToken);
        return new() { Merge = await ToContractAsync(project, id, parent.Project, context.CancellationToken) };
    }

    public override async Task<V1.GetMergeResponse> GetMerge(V1.GetMergeRequest request, ServerCallContext context)
    {
        var (name, id) = ReadName(request.Name, "name");
        var project = await projects.ReachAsync(context, name.Project);
        return new() { Merge = await ToContractAsync(project, id, name.Project, context.CancellationToken) };
    }

    public override async Task<V1.ListMergesResponse> ListMerges(
        V1.ListMergesRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        string[] same = ["ListMerges", request.Parent, request.Filter];
        var page = ListPage.Read(request.PageToken, request.PageSize, same);
        var query = new MergeQuery(page.Limit)
        {
            Before = page.PlaceAs<MergeId>(place => MergeId.TryParse(place[0])),
            Filter = MergeFilter.Read(request.Filter, parent.Project),
        };
        var project = await projects.ReachAsync(context, parent.Project);
        var found = await merges.ListAsync(project, query, context.CancellationToken);
        var response = new V1.ListMergesResponse();
        foreach (var merge in page.Of(found))
        {
            var contract = await mapper.ToContractAsync(project, merge, parent.Project, context.CancellationToken);
            response.Merges.Add(contract);
        }

        response.NextPageToken = page.TokenAfter(found, last => $"{last.Id}");
        return response;
    }

    public override async Task<V1.ListConflictsResponse> ListConflicts(
        V1.ListConflictsRequest request,
        ServerCallContext context
    )
    {
        var (name, id) = ReadName(request.Parent, "parent");
        string[] same = ["ListConflicts", request.Parent, request.Filter];
        var place = PageToken.Decode(request.PageToken, same);
        var size = PageSize.Resolve(request.PageSize);
        var filter = ConflictFilter.Read(request.Filter);
        var project = await projects.ReachAsync(context, name.Project);
        var conflicts = await desk.ListConflictsAsync(project, id, name.Project, context.CancellationToken);
        var (page, next) = ConflictPage.Read(conflicts, filter, place, size);
        return new() { Conflicts = { page }, NextPageToken = next is null ? "" : PageToken.Encode(next, same) };
    }

    public override async Task<V1.ResolveConflictsResponse> ResolveConflicts(
        V1.ResolveConflictsRequest request,
        ServerCallContext context
    )
    {
        var (name, id) = ReadName(request.Name, "name");
        if (request.Resolutions.Count == 0)
        {
            throw DendriteException.Invalid("resolutions", "is empty; give at least one decision");
        }

        MergeDecisions.Check(request.Resolutions, "resolutions");
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var change = new DeskChange(id, name.Project, Etag.ToRevision(request.Etag), mutation);
        await desk.DecideAsync(project, change, request.Resolutions, context.CancellationToken);
        return new() { Merge = await ToContractAsync(project, id, name.Project, context.CancellationToken) };
    }

    public override async Task<V1.CompleteMergeResponse> CompleteMerge(
        V1.CompleteMergeRequest request,
        ServerCallContext context
    )
    {
        var (name, id) = ReadName(request.Name, "name");
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var change = new DeskChange(id, name.Project, Etag.ToRevision(request.Etag), mutation);
        var warnings = await desk.CompleteAsync(project, change, context.CancellationToken);
        var merge = await ToContractAsync(project, id, name.Project, context.CancellationToken);
        return new() { Merge = merge, CheckWarnings = { warnings } };
    }

    public override async Task<V1.AbandonMergeResponse> AbandonMerge(
        V1.AbandonMergeRequest request,
        ServerCallContext context
    )
    {
        var (name, id) = ReadName(request.Name, "name");
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var change = new DeskChange(id, name.Project, Etag.ToRevision(request.Etag), mutation);
        await desk.AbandonAsync(project, change, context.CancellationToken);
        return new() { Merge = await ToContractAsync(project, id, name.Project, context.CancellationToken) };
    }

    private static (MergeName Name, MergeId Id) ReadName(string text, string field)
    {
        var name = MergeName.Parse(text, field);
        return MergeId.TryParse(name.Merge) is { } id
            ? (name, id)
            : throw new DendriteException(ErrorReason.MergeNotFound, $"Merge '{name.Merge}' does not exist.");
    }
}
