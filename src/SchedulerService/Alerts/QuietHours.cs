using System.Globalization;
using Dendrite.Errors;
using Dendrite.SchedulerService.Times;
using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>
/// The hours of each day in which nobody is told, by the clock on the wall of a zone: from the first minute on and up
/// to
/// the second one, over midnight where that is the smaller. Pure.
/// </summary>
internal sealed class QuietHours
{
    private const string Form = "HH:mm";
    private readonly TimeOnly from;
    private readonly TimeOnly to;
    private readonly WallClock wall;

    private QuietHours(TimeOnly from, TimeOnly to, TimeZoneInfo zone) =>
        (this.from, this.to, wall) = (from, to, new(zone));

    /// <param name="text">Such as <c>22:00-07:00</c>; empty: never quiet, which is null.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT at the rule's fields.</exception>
    public static QuietHours? Parse(string text, string timeZone)
    {
        var zone = TimeZones.Find(timeZone, "alert_rule.time_zone");
        if (text.Length == 0)
        {
            return null;
        }

        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || !TryParse(text.AsSpan(0, dash), out var from) || !TryParse(text.AsSpan(dash + 1), out var to))
        {
            throw Invalid(text, "is not of the form HH:MM-HH:MM, such as 22:00-07:00");
        }

        return from != to
            ? new(from, to, zone)
            : throw Invalid(text, "ends when it begins; for a rule that tells nobody, set disabled");
    }

    /// <summary>The first instant from this one on at which somebody may be told.</summary>
    public DateTimeOffset NextAllowed(DateTimeOffset instant)
    {
        var local = wall.WallOf(instant);
        var time = TimeOnly.FromDateTime(local);
        var goesOverMidnight = to < from;
        var isQuiet = goesOverMidnight ? time >= from || time < to : time >= from && time < to;
        if (!isQuiet)
        {
            return instant;
        }

        var days = goesOverMidnight && time >= from ? 1 : 0;
        var end = wall.FirstInstantOf(local.Date.AddDays(days) + to.ToTimeSpan());
        // Where the clock is set back over the end, the end has been already: it does not begin again.
        return end > instant ? end : instant;
    }

    private static bool TryParse(ReadOnlySpan<char> text, out TimeOnly time) =>
        TimeOnly.TryParseExact(text, Form, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);

    private static DendriteException Invalid(string text, string problem) =>
        DendriteException.Invalid("alert_rule.quiet_hours", $"'{RequestFields.Excerpt(text)}' {problem}");
}
