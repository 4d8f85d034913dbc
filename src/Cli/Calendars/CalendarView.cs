using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Calendars;

/// <summary>How calendars look.</summary>
internal static class CalendarView
{
    public static void Write(CliOutput output, Calendar calendar)
    {
        if (output.IsJson)
        {
            output.WriteMessage(calendar);
            return;
        }

        output.WriteLine(
            $"calendar {Shown.Id(calendar.Name)}  {DaysOf(calendar)}, {ZoneOf(calendar)}"
                + Shown.TitleAfter(calendar.DisplayName)
        );
        foreach (var day in calendar.Holidays.Order(StringComparer.Ordinal))
            output.WriteLine($"  {day}");
        output.WriteLine($"  etag {calendar.Etag}");
    }

    public static void Write(CliOutput output, ListCalendarsResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }

        if (list.Calendars.Count == 0)
        {
            output.WriteLine("No calendars.");
            return;
        }

        var table = new TextTable("CALENDAR", "DAYS", "HOLIDAYS", "TIME ZONE", "TITLE");
        foreach (var calendar in list.Calendars)
        {
            table.Add(
                Shown.Id(calendar.Name),
                DaysOf(calendar),
                $"{calendar.Holidays.Count}",
                ZoneOf(calendar),
                calendar.DisplayName
            );
        }

        table.WriteTo(output);
    }

    private static string DaysOf(Calendar calendar) => calendar.BusinessDaysOnly ? "business days" : "every day";

    private static string ZoneOf(Calendar calendar) => calendar.TimeZone.Length > 0 ? calendar.TimeZone : "UTC";
}
