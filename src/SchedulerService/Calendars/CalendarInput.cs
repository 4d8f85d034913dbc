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

    private static readonly UpdatableFields<Calendar, CalendarChange> Fields = new()
    {
        {
            "display_name",
            fields => fields.DisplayName.Length > 0,
            (change, fields) => change with { DisplayName = Title(fields) }
        },
        {
            "time_zone",
            fields => fields.TimeZone.Length > 0,
            (change, fields) => change with { TimeZone = fields.TimeZone }
        },
        {
            "business_days_only",
            fields => fields.BusinessDaysOnly,
            (change, fields) => change with { BusinessDaysOnly = fields.BusinessDaysOnly }
        },
        {
            "holidays",
            fields => fields.Holidays.Count > 0,
            (change, fields) => change with { Holidays = [.. fields.Holidays] }
        },
    };

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
        _ = new DayCalendar("checked", request.Calendar);
        return Fields.Read(new(), request.Calendar, request.UpdateMask);
    }

    private static string Title(Calendar fields) =>
        RequestFields.Text(fields.DisplayName, "calendar.display_name", MaxTitleLength);
}
