using Dendrite.Errors;
using Dendrite.SchedulerService.Times;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Calendars;

/// <summary>Reads the fields of a calendar that came in a request.</summary>
internal static class CalendarInput
{
    private const int MaxTitleLength = 200;

    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static CalendarRecord New(ProjectId project, string id, Calendar fields, DateTimeOffset now)
    {
        // Reads and so checks the days and the zone.
        _ = new DayCalendar(id, fields);
        return new(project, id)
        {
            DisplayName = Title(fields),
            TimeZone = fields.TimeZone,
            BusinessDaysOnly = fields.BusinessDaysOnly,
            Holidays = [.. fields.Holidays],
            CreateTime = now,
            UpdateTime = now,
        };
    }

    /// <exception cref="DendriteException">INVALID_UPDATE_MASK, or INVALID_ARGUMENT of a value.</exception>
    public static CalendarChange Change(UpdateCalendarRequest request)
    {
        var fields = request.Calendar;
        _ = new DayCalendar("checked", fields);
        var updatable = new Dictionary<string, bool>
        {
            ["display_name"] = fields.DisplayName.Length > 0,
            ["time_zone"] = fields.TimeZone.Length > 0,
            ["business_days_only"] = fields.BusinessDaysOnly,
            ["holidays"] = fields.Holidays.Count > 0,
        };
        var change = new CalendarChange();
        foreach (var path in UpdateMask.Paths(request.UpdateMask, updatable))
        {
            change = path switch
            {
                "display_name" => change with { DisplayName = Title(fields) },
                "time_zone" => change with { TimeZone = fields.TimeZone },
                "business_days_only" => change with { BusinessDaysOnly = fields.BusinessDaysOnly },
                _ => change with { Holidays = [.. fields.Holidays] },
            };
        }

        return change;
    }

    private static string Title(Calendar fields) =>
        RequestFields.Text(fields.DisplayName, "calendar.display_name", MaxTitleLength);
}
