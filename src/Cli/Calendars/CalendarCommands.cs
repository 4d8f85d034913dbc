using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Calendars;

/// <summary><c>dendrite calendar</c>: days on which jobs do not run.</summary>
internal static class CalendarCommands
{
    private const int PageSize = 1_000;

    public static Command Build(CliApplication application) =>
        new("calendar", "Say on which days jobs do not run.")
        {
            List(application),
            Show(application),
            Create(application),
            Update(application),
            Delete(application),
        };

    private static Command List(CliApplication application)
    {
        var command = new Command("list", "List the project's calendars.");
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var all = await Pages.ReadAllAsync(
                    new ListCalendarsRequest { Parent = session.Platform.ProjectName, PageSize = PageSize },
                    (asked, token) => session.Platform.Calendars.ListCalendarsAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                CalendarView.Write(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Show(CliApplication application)
    {
        var id = IdArgument();
        var command = new Command("show", "Show a calendar.") { id };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var name = session.Platform.CalendarName(session.Arguments.GetRequiredValue(id));
                var found = await session.Platform.Calendars.GetCalendarAsync(
                    new() { Name = name },
                    cancellationToken: cancellationToken
                );
                CalendarView.Write(session.Output, found.Calendar);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Create(CliApplication application)
    {
        var (id, options) = (IdArgument(), new CalendarOptions());
        var command = new Command("create", "Make a calendar.") { id };
        options.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var (calendar, _) = options.Read(session.Arguments);
                var made = await session.Platform.Calendars.CreateCalendarAsync(
                    new()
                    {
                        Parent = session.Platform.ProjectName,
                        CalendarId = session.Arguments.GetRequiredValue(id),
                        Calendar = calendar,
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                CalendarView.Write(session.Output, made.Calendar);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Update(CliApplication application)
    {
        var (id, options) = (IdArgument(), new CalendarOptions());
        var etag = new Option<string?>("--etag") { Description = "Only if it is unchanged since.", HelpName = "ETAG" };
        var command = new Command("update", "Change what is given of a calendar; schedules follow at once.")
        {
            id,
            etag,
        };
        options.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var (calendar, paths) = options.Read(session.Arguments);
                if (paths.Count == 0)
                    throw new CliException(ExitCode.Usage, "USAGE", "Nothing is to be changed: give an option.");
                calendar.Name = session.Platform.CalendarName(session.Arguments.GetRequiredValue(id));
                calendar.Etag = session.Arguments.GetValue(etag) ?? "";
                var request = new UpdateCalendarRequest
                {
                    Calendar = calendar,
                    UpdateMask = new FieldMask(),
                    RequestId = session.NewRequestId(),
                };
                request.UpdateMask.Paths.Add(paths);
                var updated = await session.Platform.Calendars.UpdateCalendarAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                CalendarView.Write(session.Output, updated.Calendar);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Delete(CliApplication application)
    {
        var id = IdArgument();
        var missingOk = new Option<bool>("--missing-ok") { Description = "One that does not exist is no error." };
        var command = new Command("delete", "Delete a calendar that no schedule uses.") { id, missingOk };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new DeleteCalendarRequest
                {
                    Name = session.Platform.CalendarName(session.Arguments.GetRequiredValue(id)),
                    AllowMissing = session.Arguments.GetValue(missingOk),
                    RequestId = session.NewRequestId(),
                };
                var deleted = await session.Platform.Calendars.DeleteCalendarAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                if (session.Output.IsJson)
                    session.Output.WriteMessage(deleted);
                else
                    session.Output.WriteLine($"Deleted {request.Name}.");
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Argument<string> IdArgument() => new("CALENDAR") { Description = "Id of the calendar." };
}
