using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
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
        CustomParser = ListArgument.ParseTrimmed,
    };

    private readonly Option<string?> zone = FieldOptions.Text(
        "--time-zone",
        "ZONE",
        "In which its days are meant: an IANA name; UTC without it."
    );

    private readonly Option<string?> title = FieldOptions.Title();

    public Option[] All => [business, holidays, zone, title];

    /// <summary>What was given.</summary>
    public (Calendar Calendar, GivenFields Given) Read(ParseResult arguments)
    {
        var (calendar, given) = (new Calendar(), new GivenFields(arguments));
        if (arguments.GetResult(business) is { Implicit: false })
        {
            calendar.BusinessDaysOnly = arguments.GetValue(business) ?? true;
            given.Add("business_days_only");
        }

        given.Take(holidays, "holidays", days => calendar.Holidays.Add(days));
        given.Take(zone, "time_zone", name => calendar.TimeZone = name);
        given.Take(title, "display_name", name => calendar.DisplayName = name);
        return (calendar, given);
    }
}
