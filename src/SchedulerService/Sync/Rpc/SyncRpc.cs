using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Operations;
using Dendrite.SchedulerService.Rpc;
using Dendrite.SchedulerService.Sync.Running;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Sync;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Sync.Rpc;

/// <summary>Answers <c>dendrite.v1.SyncService</c>: the sources, and what is done with them at once.</summary>
internal sealed partial class SyncRpc(
    ReachedProjects projects,
    SyncSourceStore sources,
    SyncSourceInput input,
    SyncPreview preview,
    SyncRequests requests,
    OperationStarter operations,
    ILogger<SyncRpc> logger
) : SyncService.SyncServiceBase
{
    /// <summary>Others may change a source between reading and writing it; nobody does that all the time.</summary>
    private const string Source = SyncSourceInput.Field;

    public override async Task<CreateSyncSourceResponse> CreateSyncSource(
        CreateSyncSourceRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var id = ResourceId.Check(request.SyncSourceId, "sync_source_id");
        var fields = request.SyncSource ?? throw DendriteException.Invalid(Source, "is missing");
        var name = new SyncSourceName(parent.Project, id).ToString();
        var mutation = Mutations.Of(context, request, request.RequestId, name);
        // Before secrets and folders are looked for: who may not is not told which there are.
        var project = await projects.AdministerAsync(context, parent.Project);
        var definition = SyncMapper.WriteDefinition(input.Settle(fields, parent.Project));
        var made = await sources.CreateAsync(project, id, definition, mutation, context.CancellationToken);
        LogCreated(logger, name, mutation.Actor);
        return new() { SyncSource = SyncMapper.ToContract(made, parent.Project) };
    }

    public override async Task<GetSyncSourceResponse> GetSyncSource(
        GetSyncSourceRequest request,
        ServerCallContext context
    )
    {
        var name = SyncSourceName.Parse(request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var source = await sources.GetAsync(project, name.SyncSource, context.CancellationToken);
        return new() { SyncSource = SyncMapper.ToContract(source, name.Project) };
    }

    public override async Task<ListSyncSourcesResponse> ListSyncSources(
        ListSyncSourcesRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var page = ListPage.Read(request.PageToken, request.PageSize, nameof(ListSyncSources), request.Parent);
        var project = await projects.ReachAsync(context, parent.Project);
        var found = await sources.ListAsync(project, page.AfterName, page.Limit, context.CancellationToken);
        var response = new ListSyncSourcesResponse();
        response.SyncSources.AddRange(page.Of(found).Select(each => SyncMapper.ToContract(each, parent.Project)));
        response.NextPageToken = page.TokenAfter(found, last => last.Name);
        return response;
    }

    public override async Task<UpdateSyncSourceResponse> UpdateSyncSource(
        UpdateSyncSourceRequest request,
        ServerCallContext context
    )
    {
        var fields = request.SyncSource ?? throw DendriteException.Invalid(Source, "is missing");
        var name = SyncSourceName.Parse(fields.Name, $"{Source}.name");
        var mutation = Mutations.Of(context, request, request.RequestId, fields.Name);
        var project = await projects.AdministerAsync(context, name.Project);
        var token = context.CancellationToken;
        if (await sources.FindDoneAsync(project, mutation, token) is { } before)
        {
            return new() { SyncSource = SyncMapper.ToContract(before, name.Project) };
        }

        var expected = Etag.ToRevision(fields.Etag);
        return await Updates.OntoLatestAsync(expected, ChangeAsync);

        async Task<UpdateSyncSourceResponse> ChangeAsync()
        {
            var current = await sources.GetAsync(project, name.SyncSource, token);
            var merged = SyncSourceInput.Merge(SyncMapper.ReadDefinition(current), fields, request.UpdateMask);
            var definition = SyncMapper.WriteDefinition(input.Settle(merged, name.Project));
            var target = new RowTarget(name.SyncSource, expected ?? current.Revision);
            var changed = await sources.UpdateAsync(project, target, definition, mutation, token);
            LogChanged(logger, fields.Name, mutation.Actor);
            return new() { SyncSource = SyncMapper.ToContract(changed, name.Project) };
        }
    }

    public override async Task<DeleteSyncSourceResponse> DeleteSyncSource(
        DeleteSyncSourceRequest request,
        ServerCallContext context
    )
    {
        var name = SyncSourceName.Parse(request.Name);
        var mutation = Mutations.OfDeletion(context, request, request.RequestId, request.Name, request.AllowMissing);
        var target = new RowTarget(name.SyncSource, Etag.ToRevision(request.Etag));
        var project = await projects.AdministerAsync(context, name.Project);
        var deletion = sources.DeleteAsync(project, target, name.ToString(), mutation, context.CancellationToken);
        if (await deletion.FoundAsync(mutation.AllowsMissing, ErrorReason.SyncSourceNotFound))
        {
            LogDeleted(logger, request.Name, mutation.Actor);
        }

        return new();
    }

    public override async Task<PreviewSyncResponse> PreviewSync(PreviewSyncRequest request, ServerCallContext context)
    {
        var name = SyncSourceName.Parse(request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var work = await requests.OpenAsync(project, name, context.CancellationToken);
        return await preview.RunAsync(work, context.CancellationToken);
    }

    public override async Task<BackfillSyncResponse> BackfillSync(
        BackfillSyncRequest request,
        ServerCallContext context
    )
    {
        var name = SyncSourceName.Parse(request.Name);
        var (from, until) = BackfillInput.Range(request.Range);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var work = new WorkProject(project, new ProjectName(name.Project));
        var token = context.CancellationToken;
        if (await operations.FindAsync(work, mutation, token) is { } again)
        {
            return new() { Operation = again };
        }

        var source = await sources.GetAsync(project, name.SyncSource, token);
        BackfillInput.RequireRange(SyncMapper.ReadDefinition(source));
        var asked = new LongWork(
            BackfillOperation.MethodName,
            new BackfillSyncRequest
            {
                Name = request.Name,
                Range = new() { StartTime = Timestamps.Of(from), EndTime = Timestamps.Of(until) },
            }
        );
        return new() { Operation = await operations.StartAsync(work, asked, mutation, token) };
    }

    public override async Task<ListDeadLettersResponse> ListDeadLetters(
        ListDeadLettersRequest request,
        ServerCallContext context
    )
    {
        var parent = SyncSourceName.Parse(request.Parent, "parent");
        var page = ListPage.Read(request.PageToken, request.PageSize, nameof(ListDeadLetters), request.Parent);
        var after = TimedPlace.Parse(page.Place);
        var project = await projects.ReachAsync(context, parent.Project);
        var source = await sources.GetAsync(project, parent.SyncSource, context.CancellationToken);
        var found = await requests.ListDeadLettersAsync(project, source, after, page.Limit, context.CancellationToken);
        var response = new ListDeadLettersResponse();
        response.DeadLetters.AddRange(PageBytes.Fitting(page.Of(found).Select(SyncMapper.ToContract)));
        response.NextPageToken = page.TokenAfter(found, response.DeadLetters.Count, PlaceOf);
        return response;
    }

    public override async Task<ReplayDeadLettersResponse> ReplayDeadLetters(
        ReplayDeadLettersRequest request,
        ServerCallContext context
    )
    {
        var parent = SyncSourceName.Parse(request.Parent, "parent");
        if (request.DeadLetterIds.Count > PageSize.Max)
        {
            throw DendriteException.Invalid(
                "dead_letter_ids",
                $"has {request.DeadLetterIds.Count}; at most {PageSize.Max} are allowed, or none for all"
            );
        }

        var mutation = Mutations.Of(context, request, request.RequestId, request.Parent);
        var project = await projects.ReachAsync(context, parent.Project);
        var work = await requests.OpenAsync(project, parent, context.CancellationToken);
        return new()
        {
            Report = await requests.ReplayAsync(work, request.DeadLetterIds, mutation, context.CancellationToken),
        };
    }

    private static string PlaceOf(DeadLetterRecord letter) =>
        new TimedPlace(letter.FirstAttemptTime, letter.Failed.Id).ToString();
}
