using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
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
        var page = ListPage.Read(request.PageToken, request.PageSize, same);
        var before = page.PlaceAsId();
        await projects.AdministerAsync(context, name.Project);
        var found = await actions.ListAsync(before, table, page.Limit, context.CancellationToken);
        var response = new ListCareActionsResponse();
        response.Actions.AddRange(page.Of(found).Select(StorageMapper.ToContract));
        response.NextPageToken = page.TokenAfter(found, last => last.Id.ToString());
        return response;
    }

    private static bool IsAnythingToDo(TablePlan table) =>
        table.Decisions.Any(decision => decision.Action is not Forecasting.CareAction.None);
}
