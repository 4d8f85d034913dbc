using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Calendars;

/// <summary><c>dendrite calendar</c>: days on which jobs do not run.</summary>
internal static class CalendarCommands
{
    public static Command Build(CliApplication application)
    {
        var calendars = new ResourceCommands(
            application,
            () => new("CALENDAR") { Description = "Id of the calendar." },
            (platform, id) => platform.CalendarName(id)
        );
        return new("calendar", "Say on which days jobs do not run.")
        {
            List(calendars),
            Show(calendars),
            Create(calendars),
            Update(calendars),
            Delete(calendars),
        };
    }

    private static Command List(ResourceCommands calendars) =>
        calendars.List(
            "List the project's calendars.",
            (project, size) => new ListCalendarsRequest { Parent = project, PageSize = size },
            (platform, asked, token) => platform.Calendars.ListCalendarsAsync(asked, cancellationToken: token),
            CalendarView.Write
        );

    private static Command Show(ResourceCommands calendars) =>
        calendars.Show(
            "Show a calendar.",
            (platform, name, token) =>
                platform.Calendars.GetCalendarAsync(new() { Name = name }, cancellationToken: token),
            (output, found) => CalendarView.Write(output, found.Calendar)
        );

    private static Command Create(ResourceCommands calendars)
    {
        var options = new CalendarOptions();
        return calendars.Create(
            "Make a calendar.",
            options.All,
            async (session, id, token) =>
            {
                var request = new CreateCalendarRequest
                {
                    Parent = session.Platform.ProjectName,
                    CalendarId = id,
                    Calendar = options.Read(session.Arguments).Calendar,
                    RequestId = session.NewRequestId(),
                };
                return await session.Platform.Calendars.CreateCalendarAsync(request, cancellationToken: token);
            },
            (output, made) => CalendarView.Write(output, made.Calendar)
        );
    }

    private static Command Update(ResourceCommands calendars)
    {
        var options = new CalendarOptions();
        return calendars.Update(
            "Change what is given of a calendar; schedules follow at once.",
            options.All,
            async (session, target, token) =>
            {
                var (calendar, given) = options.Read(session.Arguments);
                (calendar.Name, calendar.Etag) = (target.Name, target.Etag);
                var request = new UpdateCalendarRequest
                {
                    Calendar = calendar,
                    UpdateMask = given.Mask,
                    RequestId = session.NewRequestId(),
                };
                return await session.Platform.Calendars.UpdateCalendarAsync(request, cancellationToken: token);
            },
            (output, changed) => CalendarView.Write(output, changed.Calendar)
        );
    }

    private static Command Delete(ResourceCommands calendars) =>
        calendars.Delete(
            "Delete a calendar that no schedule uses.",
            (platform, target, token) =>
                platform.Calendars.DeleteCalendarAsync(
                    new()
                    {
                        Name = target.Name,
                        AllowMissing = target.AllowMissing,
                        RequestId = target.RequestId,
                    },
                    cancellationToken: token
                ),
            name => $"Deleted {name}."
        );
}
