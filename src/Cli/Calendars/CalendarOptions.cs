using System.CommandLine;
using Dendrite.V1;

namespace Dendrite.Cli.Calendars;

/// <summary>A calendar by options.</summary>
internal sealed class CalendarOptions
{
    private readonly Option<bool?> business = new("--business-days")
    {
        Description = "Leave Saturdays and Sundays out; '--business-days false' lets them be.",
        HelpName = "true|false",
    };

    private readonly Option<string[]?> holidays = new("--holidays")
    {
        Description = "Days left out, such as 2026-12-25,2026-12-26; all that there are to be.",
        HelpName = "DAY,...",
        CustomParser = result =>
            result.Tokens[0].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
    };

    private readonly Option<string?> zone = new("--time-zone")
    {
        Description = "In which its days are meant: an IANA name; UTC without it.",
        HelpName = "ZONE",
    };

    private readonly Option<string?> title = new("--title") { Description = "A title for people.", HelpName = "TEXT" };

    public void AddTo(Command command)
    {
        Option[] all = [business, holidays, zone, title];
        foreach (var option in all)
            command.Add(option);
    }

    /// <summary>What was given, and its paths in the contract.</summary>
    public (Calendar Calendar, IReadOnlyList<string> Paths) Read(ParseResult arguments)
    {
        var calendar = new Calendar();
        var paths = new List<string>();
        if (arguments.GetResult(business) is { Implicit: false })
        {
            calendar.BusinessDaysOnly = arguments.GetValue(business) ?? true;
            paths.Add("business_days_only");
        }

        if (arguments.GetValue(holidays) is { } days)
        {
            calendar.Holidays.Add(days);
            paths.Add("holidays");
        }

        if (arguments.GetValue(zone) is { } where)
        {
            calendar.TimeZone = where;
            paths.Add("time_zone");
        }

        if (arguments.GetValue(title) is { } named)
        {
            calendar.DisplayName = named;
            paths.Add("display_name");
        }

        return (calendar, paths);
    }
}
