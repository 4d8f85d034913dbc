using System.Globalization;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.SchedulerService.Times;

/// <summary>Times of day as they come in requests.</summary>
internal static class ClockTimes
{
    /// <summary>Attempts of one run: every quarter of an hour for a day, and no list to fill a database with.</summary>
    public const int MaxTimes = 96;

    private const int MaxDays = 31;

    /// <summary>
    /// Each time from the midnight of the first one's day on, growing: one that is not after the one before it is on
    /// the day after.
    /// </summary>
    /// <param name="times">Each <c>HH:MM</c>.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static IReadOnlyList<TimeSpan> Unroll(IReadOnlyList<string> times, string field)
    {
        if (times.Count is 0 or > MaxTimes)
            throw DendriteException.Invalid(field, $"has {times.Count} times; give 1 to {MaxTimes}");
        var unrolled = new List<TimeSpan>();
        var days = 0;
        for (var i = 0; i < times.Count; i++)
        {
            var time = Parse(times[i], $"{field}[{i}]");
            if (i > 0 && time == Parse(times[i - 1], field))
                throw DendriteException.Invalid(
                    $"{field}[{i}]",
                    $"'{times[i]}' is the one before it again; leave it out"
                );
            if (i > 0 && time < Parse(times[i - 1], field))
                days++;
            unrolled.Add(TimeSpan.FromDays(days) + time);
        }

        return days < MaxDays
            ? unrolled
            : throw DendriteException.Invalid(field, $"goes over {days + 1} days; one run may take {MaxDays}");
    }

    private static TimeSpan Parse(string text, string field) =>
        TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time.ToTimeSpan()
            : throw DendriteException.Invalid(
                field,
                $"'{RequestFields.Excerpt(text)}' is no time of day; write it as HH:MM, from 00:00 to 23:59"
            );
}
