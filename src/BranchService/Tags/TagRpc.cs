using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Tags;
using Grpc.Core;

namespace Dendrite.BranchService.Tags;

/// <summary>Tags over gRPC: reads the request, calls the store, maps the answer.</summary>
public sealed partial class TagRpc(
    ReachedProjects projects,
    TagStore tags,
    TagWriter writer,
    TimeProvider time,
    ILogger<TagRpc> logger
) : V1.TagService.TagServiceBase
{
    public override async Task<V1.CreateTagResponse> CreateTag(V1.CreateTagRequest request, ServerCallContext context)
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var id = ResourceId.Check(request.TagId, "tag_id");
        if (request.Source is null)
        {
            throw DendriteException.Invalid("source", "is missing; give a branch, or another tag");
        }

        var (branch, point) = SnapshotPoints.Read(request.Source, parent.Project, "source");
        var uid = Guid.CreateVersion7(time.GetUtcNow());
        var tag = TagInput.WithFields(
            new(id, uid, branch?.Branch ?? "", point) { Creator = context.GetCaller().Label },
            request.Tag ?? new()
        );
        var name = new TagName(parent.Project, id).ToString();
        var mutation = Mutations.Of(context, request, request.RequestId, name);
        var project = await projects.ReachAsync(context, parent.Project);
        var created = await writer.CreateAsync(project, tag, mutation, context.CancellationToken);
        LogCreated(logger, name, created.Branch, created.Version.Value, mutation.Actor);
        return new() { Tag = TagMapper.ToContract(created, parent.Project) };
    }

    public override async Task<V1.GetTagResponse> GetTag(V1.GetTagRequest request, ServerCallContext context)
    {
        var name = TagName.Parse(request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var tag = await tags.GetAsync(project, name.Tag, context.CancellationToken);
        return new() { Tag = TagMapper.ToContract(tag, name.Project) };
    }

    public override async Task<V1.ListTagsResponse> ListTags(V1.ListTagsRequest request, ServerCallContext context)
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        string[] same = ["ListTags", request.Parent, request.Filter, request.OrderBy];
        var page = ListPage.Read(request.PageToken, request.PageSize, same);
        var order = OrderBy.Read(request.OrderBy, TagFilter.Times);
        var query = new TagQuery(page.Limit)
        {
            After = RowPlace.Parse(page.Place),
            Order = order,
            Filter = TagFilter.Read(request.Filter, parent.Project),
        };
        var project = await projects.ReachAsync(context, parent.Project);
        var found = await tags.ListAsync(project, query, context.CancellationToken);
        var response = new V1.ListTagsResponse();
        response.Tags.AddRange(page.Of(found).Select(tag => TagMapper.ToContract(tag, parent.Project)));
        response.NextPageToken = page.TokenAfter(found, tag => order.PlaceOf(tag.Name, tag.CreateTime));
        return response;
    }

    public override async Task<V1.UpdateTagResponse> UpdateTag(V1.UpdateTagRequest request, ServerCallContext context)
    {
        if (request.Tag is null)
        {
            throw DendriteException.Invalid("tag", "is missing");
        }

        var name = TagName.Parse(request.Tag.Name, "tag.name");
        var mutation = Mutations.Of(context, request, request.RequestId, request.Tag.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var change = TagInput.Change(request);
        var target = new RowTarget(name.Tag, Etag.ToRevision(request.Tag.Etag));
        var tag = await writer.UpdateAsync(project, target, change, mutation, context.CancellationToken);
        return new() { Tag = TagMapper.ToContract(tag, name.Project) };
    }

    public override async Task<V1.DeleteTagResponse> DeleteTag(V1.DeleteTagRequest request, ServerCallContext context)
    {
        var name = TagName.Parse(request.Name);
        var mutation = Mutations.OfDeletion(context, request, request.RequestId, request.Name, request.AllowMissing);
        var project = await projects.ReachAsync(context, name.Project);
        var target = new RowTarget(name.Tag, Etag.ToRevision(request.Etag));
        var deletion = writer.DeleteAsync(project, target, mutation, context.CancellationToken);
        if (await deletion.FoundAsync(mutation.AllowsMissing, ErrorReason.TagNotFound))
        {
            LogDeleted(logger, request.Name, mutation.Actor);
        }

        return new();
    }
}
