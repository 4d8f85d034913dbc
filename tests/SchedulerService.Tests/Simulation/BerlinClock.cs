namespace Dendrite.SchedulerService.Tests.Simulation;

/// <summary>
/// The clocks of Berlin in March and April 2047 by the law's own words and no library: an hour ahead of UTC, and two
/// from 01:00 UTC on the last Sunday of March, the 31st.
/// </summary>
internal static class BerlinClock
{
    private static readonly DateTimeOffset SummerTime = new(2047, 3, 31, 1, 0, 0, TimeSpan.Zero);

    public static DateTime At(DateTimeOffset instant) => instant.UtcDateTime.AddHours(instant < SummerTime ? 1 : 2);

    /// <summary>
    /// Every minute of the range at which the clocks show such a time, looked at one by one; a minute that they skip
    /// comes at the first one after the gap.
    /// </summary>
    public static IEnumerable<DateTimeOffset> Minutes(
        DateTimeOffset from,
        DateTimeOffset to,
        Func<DateTime, bool> isTime
    )
    {
        for (var minute = from; minute < to; minute = minute.AddMinutes(1))
        {
            if (isTime(At(minute)) || (minute == SummerTime && SkippedMinutes().Any(isTime)))
                yield return minute;
        }
    }

    private static IEnumerable<DateTime> SkippedMinutes() =>
        Enumerable.Range(0, 60).Select(minute => new DateTime(2047, 3, 31, 2, minute, 0));
}
