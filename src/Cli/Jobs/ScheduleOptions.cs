using System.CommandLine;
using Dendrite.Cli.Branches;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.V1;
using Duration = Google.Protobuf.WellKnownTypes.Duration;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace Dendrite.Cli.Jobs;

/// <summary>When a job runs, by options.</summary>
internal sealed class ScheduleOptions
{
    private readonly Option<string?> cron = new("--cron")
    {
        Description = "By the calendar: minute, hour, day of month, month, day of week; or six with seconds first.",
        HelpName = "EXPRESSION",
    };

    private readonly Option<TimeSpan?> every = new("--every")
    {
        Description = "By a fixed distance from start to start, such as 15m.",
        HelpName = "TIME",
        CustomParser = DurationArgument.Parse,
    };

    private readonly Option<DateTimeOffset?> once = Instant("--once", "Once, at this instant.");

    private readonly Option<string[]?> after = Names("--after", "After runs of these jobs succeeded.", "JOB,...");

    private readonly Option<bool> anyOutcome = new("--any-outcome")
    {
        Description = "With --after: failed runs count too.",
    };

    private readonly Option<string[]?> attempts = Names(
        "--attempts",
        "Several times a day for one run, such as 20:00,22:00,08:00: the first that succeeds cancels the rest.",
        "HH:MM,..."
    );

    private readonly Option<string?> zone = new("--time-zone")
    {
        Description = "Of --cron and --attempts: an IANA name, such as Europe/Berlin; UTC without it.",
        HelpName = "ZONE",
    };

    private readonly Option<string?> calendar = new("--calendar")
    {
        Description = "Calendar of days on which it does not run.",
        HelpName = "ID",
    };

    private readonly Option<DateTimeOffset?> from = Instant("--from", "It applies from this instant on.");
    private readonly Option<DateTimeOffset?> until = Instant("--until", "It applies until before this instant.");

    private Option[] Triggers => [cron, every, once, after, attempts];

    public void AddTo(Command command)
    {
        Option[] all = [cron, every, once, after, anyOutcome, attempts, zone, calendar, from, until];
        foreach (var option in all)
            command.Add(option);
    }

    /// <summary>Null where no option of a schedule was given.</summary>
    public Schedule? Read(Session session)
    {
        var arguments = session.Arguments;
        var given = Triggers.Count(option => arguments.GetResult(option) is { Implicit: false });
        Option[] others = [anyOutcome, zone, calendar, from, until];
        var details = others.Where(option => arguments.GetResult(option) is { Implicit: false }).ToList();
        if (given == 0 && details.Count == 0)
            return null;
        if (given != 1)
        {
            var names = string.Join(", ", Triggers.Select(trigger => trigger.Name));
            var which = given > 1 ? "several" : $"none beside {details[0].Name}";
            throw new CliException(ExitCode.Usage, "USAGE", $"A schedule has one of {names}; {which} were given.");
        }

        Refuse(zone, details, [cron, attempts], arguments);
        Refuse(anyOutcome, details, [after], arguments);
        var schedule = Trigger(session);
        if (arguments.GetValue(calendar) is { } days)
            schedule.Calendar = session.Platform.CalendarName(days);
        if (arguments.GetValue(from) is { } start)
            (schedule.ActiveRange ??= new()).StartTime = Timestamp.FromDateTimeOffset(start);
        if (arguments.GetValue(until) is { } end)
            (schedule.ActiveRange ??= new()).EndTime = Timestamp.FromDateTimeOffset(end);
        return schedule;
    }

    /// <exception cref="CliException">A detail was given of another trigger than those that have it.</exception>
    private void Refuse(Option detail, List<Option> given, Option[] having, ParseResult arguments)
    {
        var trigger = Triggers.First(option => arguments.GetResult(option) is { Implicit: false });
        if (given.Contains(detail) && !having.Contains(trigger))
        {
            var offset = trigger == once ? " Say it in the instant, such as 2026-12-01T08:00+01:00." : "";
            var names = string.Join(" and ", having.Select(option => option.Name));
            throw new CliException(
                ExitCode.Usage,
                "USAGE",
                $"{trigger.Name} has no {detail.Name}, which is of {names}.{offset}"
            );
        }
    }

    private Schedule Trigger(Session session)
    {
        var arguments = session.Arguments;
        var where = arguments.GetValue(zone) ?? "";
        if (arguments.GetValue(cron) is { } expression)
            return new()
            {
                Cron = new() { Expression = expression, TimeZone = where },
            };
        if (arguments.GetValue(every) is { } interval)
            return new() { Interval = Duration.FromTimeSpan(interval) };
        if (arguments.GetValue(once) is { } instant)
            return new() { Once = Timestamp.FromDateTimeOffset(instant) };
        if (arguments.GetValue(attempts) is { Length: > 0 } times)
        {
            var trigger = new AttemptsTrigger { TimeZone = where };
            trigger.Times.Add(times);
            return new() { Attempts = trigger };
        }

        var follows = new AfterJobsTrigger { AnyOutcome = arguments.GetValue(anyOutcome) };
        follows.Jobs.Add(arguments.GetRequiredValue(after)!.Select(session.Platform.JobName));
        return new() { AfterJobs = follows };
    }

    private static Option<DateTimeOffset?> Instant(string name, string description) =>
        new(name)
        {
            Description = $"{description} UTC unless it says.",
            HelpName = "INSTANT",
            CustomParser = InstantArgument.Parse,
        };

    private static Option<string[]?> Names(string name, string description, string form) =>
        new(name)
        {
            Description = description,
            HelpName = form,
            CustomParser = ListArgument.ParseTrimmed,
        };
}
