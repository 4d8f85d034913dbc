using System.Globalization;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Calendar = Dendrite.V1.Calendar;

namespace Dendrite.SchedulerService.Times;

/// <summary>Days on which jobs do not run, in a time zone.</summary>
internal sealed class DayCalendar
{
    public const int MaxHolidays = 1_000;

    private readonly string id;
    private readonly WallClock clock;
    private readonly bool businessDaysOnly;
    private readonly HashSet<DateOnly> holidays;

    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public DayCalendar(string id, Calendar calendar)
    {
        this.id = id;
        clock = new WallClock(TimeZones.Find(calendar.TimeZone, "calendar.time_zone"));
        businessDaysOnly = calendar.BusinessDaysOnly;
        holidays = ReadHolidays(calendar.Holidays);
    }

    /// <summary>Why nothing runs at an instant; null where it may.</summary>
    public string? FindReason(DateTimeOffset instant)
    {
        var day = DateOnly.FromDateTime(clock.WallOf(instant));
        return holidays.Contains(day) ? $"{Format(day)} is a holiday of the calendar '{id}'."
            : businessDaysOnly && IsWeekend(day) ? $"{Format(day)} is no business day of the calendar '{id}'."
            : null;
    }

    /// <summary>When the day of an instant is over; the last day that a calendar knows ends with all time.</summary>
    public DateTimeOffset EndOfDay(DateTimeOffset instant)
    {
        var day = clock.WallOf(instant).Date;
        return day < DateTime.MaxValue.Date ? clock.FirstInstantOf(day.AddDays(1)) : DateTimeOffset.MaxValue;
    }

    private static HashSet<DateOnly> ReadHolidays(IReadOnlyList<string> texts)
    {
        if (texts.Count > MaxHolidays)
        {
            throw DendriteException.Invalid(
                "calendar.holidays",
                $"has {texts.Count} days; at most {MaxHolidays} are allowed: leave out those that have passed"
            );
        }

        var days = new HashSet<DateOnly>();
        for (var i = 0; i < texts.Count; i++)
        {
            var field = $"calendar.holidays[{i}]";
            if (!DateOnly.TryParseExact(texts[i], "yyyy-MM-dd", CultureInfo.InvariantCulture, default, out var day))
            {
                throw DendriteException.Invalid(
                    field,
                    $"'{RequestFields.Excerpt(texts[i])}' is no day; write it as YYYY-MM-DD, such as 2026-12-25"
                );
            }

            if (!days.Add(day))
                throw DendriteException.Invalid(field, $"{texts[i]} is listed twice; leave it out");
        }

        return days;
    }

    private static bool IsWeekend(DateOnly day) => day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;

    private static string Format(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
