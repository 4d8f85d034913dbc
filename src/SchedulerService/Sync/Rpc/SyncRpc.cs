using System.Globalization;
using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Operations;
using Dendrite.SchedulerService.Sync.Running;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Sync;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Sync.Rpc;

/// <summary>Answers <c>dendrite.v1.SyncService</c>: the sources, and what is done with them at once.</summary>
internal sealed partial class SyncRpc(
    ProjectStore projects,
    SyncSourceStore sources,
    SyncSourceInput input,
    SyncPreview preview,
    SyncRequests requests,
    OperationStarter operations,
    ILogger<SyncRpc> logger
) : SyncService.SyncServiceBase
{
    /// <summary>Others may change a source between reading and writing it; nobody does that all the time.</summary>
    private const int MaxMergeTries = 5;

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
        var project = await AdministeredAsync(context, parent.Project);
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
        var project = await ReachedAsync(context, name.Project);
        var source = await sources.GetAsync(project, name.SyncSource, context.CancellationToken);
        return new() { SyncSource = SyncMapper.ToContract(source, name.Project) };
    }

    public override async Task<ListSyncSourcesResponse> ListSyncSources(
        ListSyncSourcesRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        string[] same = [nameof(ListSyncSources), request.Parent];
        var after = PageToken.Decode(request.PageToken, same) ?? "";
        var size = PageSize.Resolve(request.PageSize);
        var project = await ReachedAsync(context, parent.Project);
        // One more than the page says whether there is a next one.
        var found = await sources.ListAsync(project, after, size + 1, context.CancellationToken);
        var response = new ListSyncSourcesResponse();
        response.SyncSources.AddRange(found.Take(size).Select(each => SyncMapper.ToContract(each, parent.Project)));
        response.NextPageToken = found.Count > size ? PageToken.Encode(found[size - 1].Name, same) : "";
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
        var project = await AdministeredAsync(context, name.Project);
        var token = context.CancellationToken;
        if (await sources.FindDoneAsync(project, mutation, token) is { } before)
        {
            return new() { SyncSource = SyncMapper.ToContract(before, name.Project) };
        }

        var expected = Etag.ToRevision(fields.Etag);
        for (var tries = 1; ; tries++)
        {
            var current = await sources.GetAsync(project, name.SyncSource, token);
            var merged = SyncSourceInput.Merge(SyncMapper.ReadDefinition(current), fields, request.UpdateMask);
            var definition = SyncMapper.WriteDefinition(input.Settle(merged, name.Project));
            var target = new SyncSourceTarget(name.SyncSource, expected ?? current.Revision);
            try
            {
                var changed = await sources.UpdateAsync(project, target, definition, mutation, token);
                LogChanged(logger, fields.Name, mutation.Actor);
                return new() { SyncSource = SyncMapper.ToContract(changed, name.Project) };
            }
            catch (DendriteException moved)
                when (moved.Reason == ErrorReason.EtagMismatch && expected is null && tries < MaxMergeTries)
            {
                // The caller does not care about what else changed: its fields go onto that.
            }
        }
    }

    public override async Task<DeleteSyncSourceResponse> DeleteSyncSource(
        DeleteSyncSourceRequest request,
        ServerCallContext context
    )
    {
        var name = SyncSourceName.Parse(request.Name);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var target = new SyncSourceTarget(name.SyncSource, Etag.ToRevision(request.Etag));
        var project = await AdministeredAsync(context, name.Project);
        try
        {
            await sources.DeleteAsync(project, target, mutation, context.CancellationToken);
            LogDeleted(logger, request.Name, mutation.Actor);
        }
        catch (DendriteException missing)
            when (missing.Reason == ErrorReason.SyncSourceNotFound && request.AllowMissing)
        {
            // The caller wants it gone, and it is.
        }

        return new();
    }

    public override async Task<PreviewSyncResponse> PreviewSync(PreviewSyncRequest request, ServerCallContext context)
    {
        var name = SyncSourceName.Parse(request.Name);
        var project = await ReachedAsync(context, name.Project);
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
        var project = await ReachedAsync(context, name.Project);
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
        string[] same = [nameof(ListDeadLetters), request.Parent];
        var after = ReadPlace(PageToken.Decode(request.PageToken, same));
        var size = PageSize.Resolve(request.PageSize);
        var project = await ReachedAsync(context, parent.Project);
        var source = await sources.GetAsync(project, parent.SyncSource, context.CancellationToken);
        var found = await requests.ListDeadLettersAsync(project, source, after, size + 1, context.CancellationToken);
        var response = new ListDeadLettersResponse();
        foreach (var letter in found.Take(size))
        {
            var message = SyncMapper.ToContract(letter);
            if (response.DeadLetters.Count > 0 && response.CalculateSize() + message.CalculateSize() > MaxPageBytes)
            {
                break;
            }

            response.DeadLetters.Add(message);
        }

        var count = response.DeadLetters.Count;
        response.NextPageToken = found.Count > count ? PageToken.Encode(ShowPlace(found[count - 1]), same) : "";
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
        var project = await ReachedAsync(context, parent.Project);
        var work = await requests.OpenAsync(project, parent, context.CancellationToken);
        return new()
        {
            Report = await requests.ReplayAsync(work, request.DeadLetterIds, mutation, context.CancellationToken),
        };
    }

    /// <summary>An answer holds a letter of any size, and others that fit beside it.</summary>
    private const int MaxPageBytes = 3_000_000;

    private static string ShowPlace(DeadLetterRecord letter) =>
        string.Create(CultureInfo.InvariantCulture, $"{letter.FirstAttemptTime.UtcTicks} {letter.Failed.Id}");

    private static DeadLetterPlace? ReadPlace(string? token) =>
        token?.Split(' ') is [var ticks, var id]
            ? new(new(long.Parse(ticks, CultureInfo.InvariantCulture), TimeSpan.Zero), id)
            : null;

    private Task<ProjectId> AdministeredAsync(ServerCallContext context, string project)
    {
        context.GetCaller().RequireAdministrator(project);
        return ReachedAsync(context, project);
    }

    private async Task<ProjectId> ReachedAsync(ServerCallContext context, string project)
    {
        context.GetCaller().Require(project);
        return (await projects.GetAsync(project, context.CancellationToken)).Id;
    }
}
