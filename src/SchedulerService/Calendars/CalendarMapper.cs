using Dendrite.Contracts.Names;
using Dendrite.SchedulerService.Times;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Calendars;

/// <summary>Between what is stored and the contract.</summary>
internal static class CalendarMapper
{
    public static Calendar ToContract(CalendarRecord calendar, string project)
    {
        var mapped = new Calendar
        {
            Name = new CalendarName(project, calendar.Name).ToString(),
            DisplayName = calendar.DisplayName,
            TimeZone = calendar.TimeZone,
            BusinessDaysOnly = calendar.BusinessDaysOnly,
            CreateTime = Timestamps.Of(calendar.CreateTime),
            UpdateTime = Timestamps.Of(calendar.UpdateTime),
            Etag = Etag.Of(calendar.Revision),
        };
        mapped.Holidays.Add(calendar.Holidays);
        return mapped;
    }

    /// <summary>For the engine.</summary>
    public static DayCalendar ToDays(CalendarRecord calendar) => new(calendar.Name, ToContract(calendar, "any"));
}
