using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.SchedulerService.Times;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Care;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.SchedulerService.Care;

/// <summary>Answers <c>dendrite.v1.StorageService</c>.</summary>
internal sealed class StorageRpc(
    ReachedProjects projects,
    StorageOutlook outlook,
    CareSurvey survey,
    CareDatabase database,
    CareActionStore actions
) : StorageService.StorageServiceBase
{
    private const int MaxTableName = 200;

    private static readonly TimeSpan MinWindow = TimeSpan.FromHours(1);

    /// <summary>As long as looks are kept.</summary>
    private static readonly TimeSpan MaxWindow = Forecasting.LookKeeping.Daily;

    public override async Task<GetStorageForecastResponse> GetStorageForecast(
        GetStorageForecastRequest request,
        ServerCallContext context
    )
    {
        var name = ProjectName.Parse(request.Project, "project");
        var window = request.Window is null
            ? StorageOutlook.DefaultWindow
            : Durations.Read(request.Window, "window", MinWindow, MaxWindow);
        var project = await projects.ReachAsync(context, name.Project);
        return StorageMapper.ToContract(await outlook.ForetellAsync(project, window, context.CancellationToken));
    }

    public override async Task<PreviewStorageCareResponse> PreviewStorageCare(
        PreviewStorageCareRequest request,
        ServerCallContext context
    )
    {
        var name = ProjectName.Parse(request.Project, "project");
        await projects.AdministerAsync(context, name.Project);
        var plan = await survey.PlanAsync(context.CancellationToken);
        var response = new PreviewStorageCareResponse
        {
            Time = Timestamp.FromDateTimeOffset(plan.Moment.Now),
            Quiet = StorageMapper.ToContract(plan),
            CanAct = database.IsThere,
        };
        var tables = plan.Tables.Where(table => request.AllTables || IsAnythingToDo(table));
        response.Tables.AddRange(tables.Select(StorageMapper.ToContract));
        return response;
    }

    public override async Task<ListCareActionsResponse> ListCareActions(
        ListCareActionsRequest request,
        ServerCallContext context
    )
    {
        var name = ProjectName.Parse(request.Project, "project");
        var table = RequestFields.Text(request.Table, "table", MaxTableName);
        string[] same = [nameof(ListCareActions), request.Project, table];
        var before = ReadPosition(PageToken.Decode(request.PageToken, same));
        var size = PageSize.Resolve(request.PageSize);
        await projects.AdministerAsync(context, name.Project);
        // One more than the page says whether there is a next one.
        var found = await actions.ListAsync(before, table, size + 1, context.CancellationToken);
        var response = new ListCareActionsResponse();
        response.Actions.AddRange(found.Take(size).Select(StorageMapper.ToContract));
        response.NextPageToken = found.Count > size ? PageToken.Encode(found[size - 1].Id.ToString(), same) : "";
        return response;
    }

    private static bool IsAnythingToDo(TablePlan table) =>
        table.Decisions.Any(decision => decision.Action is not Forecasting.CareAction.None);

    private static Guid? ReadPosition(string? token) =>
        token is null ? null
        : Guid.TryParse(token, out var last) ? last
        : throw DendriteException.Invalid("page_token", "is not one that this server gave out");
}
