using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.SchedulerService.Engine;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Calendars;

/// <summary>Answers <c>dendrite.v1.CalendarService</c>.</summary>
internal sealed partial class CalendarRpc(
    ReachedProjects projects,
    CalendarStore calendars,
    EngineWake wake,
    TimeProvider time,
    ILogger<CalendarRpc> logger
) : CalendarService.CalendarServiceBase
{
    public override async Task<CreateCalendarResponse> CreateCalendar(
        CreateCalendarRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var id = ResourceId.Check(request.CalendarId, "calendar_id");
        var fields = request.Calendar ?? throw DendriteException.Invalid("calendar", "is missing");
        var name = new CalendarName(parent.Project, id).ToString();
        var mutation = Mutations.Of(context, request, request.RequestId, name);
        var project = await projects.AdministerAsync(context, parent.Project);
        var calendar = CalendarInput.New(project, id, fields, time.GetUtcNow());
        var made = await calendars.CreateAsync(calendar, mutation, context.CancellationToken);
        LogCreated(logger, name, mutation.Actor);
        return new() { Calendar = CalendarMapper.ToContract(made, parent.Project) };
    }

    public override async Task<GetCalendarResponse> GetCalendar(GetCalendarRequest request, ServerCallContext context)
    {
        var name = CalendarName.Parse(request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var calendar = await calendars.GetAsync(project, name.Calendar, context.CancellationToken);
        return new() { Calendar = CalendarMapper.ToContract(calendar, name.Project) };
    }

    public override async Task<ListCalendarsResponse> ListCalendars(
        ListCalendarsRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var page = ListPage.Read(request.PageToken, request.PageSize, nameof(ListCalendars), request.Parent);
        var project = await projects.ReachAsync(context, parent.Project);
        var found = await calendars.ListAsync(project, page.AfterName, page.Limit, context.CancellationToken);
        var response = new ListCalendarsResponse();
        response.Calendars.AddRange(
            page.Of(found).Select(calendar => CalendarMapper.ToContract(calendar, parent.Project))
        );
        response.NextPageToken = page.TokenAfter(found, last => last.Name);
        return response;
    }

    public override async Task<UpdateCalendarResponse> UpdateCalendar(
        UpdateCalendarRequest request,
        ServerCallContext context
    )
    {
        var fields = request.Calendar ?? throw DendriteException.Invalid("calendar", "is missing");
        var name = CalendarName.Parse(fields.Name, "calendar.name");
        var change = CalendarInput.Change(request);
        var mutation = Mutations.Of(context, request, request.RequestId, fields.Name);
        var project = await projects.AdministerAsync(context, name.Project);
        var target = new RowTarget(name.Calendar, Etag.ToRevision(fields.Etag));
        var update = (change, time.GetUtcNow());
        var changed = await calendars.UpdateAsync(project, target, update, mutation, context.CancellationToken);
        wake.Nudge();
        LogChanged(logger, fields.Name, mutation.Actor);
        return new() { Calendar = CalendarMapper.ToContract(changed, name.Project) };
    }

    public override async Task<DeleteCalendarResponse> DeleteCalendar(
        DeleteCalendarRequest request,
        ServerCallContext context
    )
    {
        var name = CalendarName.Parse(request.Name);
        var mutation = Mutations.OfDeletion(context, request, request.RequestId, request.Name, request.AllowMissing);
        var project = await projects.AdministerAsync(context, name.Project);
        var target = new RowTarget(name.Calendar, Etag.ToRevision(request.Etag));
        var deletion = calendars.DeleteAsync(project, target, mutation, context.CancellationToken);
        if (await deletion.FoundAsync(mutation.AllowsMissing, ErrorReason.CalendarNotFound))
        {
            LogDeleted(logger, request.Name, mutation.Actor);
        }

        return new();
    }
}
