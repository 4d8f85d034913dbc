using Dendrite.V1;

namespace Dendrite.SchedulerService.Times;

/// <summary>
/// Several times a day for one logical run. Times are listed in the order of attempts, and one that is before the one
/// listed before it is on the day after: <c>20:00, 22:00, 08:00</c> are two in the evening and one the next morning,
/// and all three are of the evening's run.
/// </summary>
internal sealed class AttemptTimes : IDueTimes
{
    private readonly WallClock clock;
    private readonly IReadOnlyList<TimeSpan> sinceMidnight;

    /// <exception cref="Errors.DendriteException">INVALID_ARGUMENT.</exception>
    public AttemptTimes(AttemptsTrigger trigger)
    {
        clock = new WallClock(TimeZones.Find(trigger.TimeZone, "job.schedule.attempts.time_zone"));
        sinceMidnight = ClockTimes.Unroll(trigger.Times, "job.schedule.attempts.times");
    }

    public IEnumerable<DueTime> After(DateTimeOffset instant)
    {
        // Begun so many days before that no attempt of an earlier day is still to come.
        var today = clock.WallOf(instant).Date;
        var daysBefore = Math.Min((int)sinceMidnight[^1].TotalDays + 2, (today - DateTime.MinValue).Days);
        var day = today.AddDays(-daysBefore);
        // Attempts of one day may come after the first of the next.
        var coming = new PriorityQueue<DueTime, DateTimeOffset>();
        for (; day < DateTime.MaxValue.Date.AddDays(-100); day = day.AddDays(1))
        {
            foreach (var attempt in OfDay(day))
                coming.Enqueue(attempt, attempt.Time);
            var nextDay = clock.FirstInstantOf(day.AddDays(1) + sinceMidnight[0]);
            while (coming.TryPeek(out var next, out _) && next.Time < nextDay)
            {
                coming.Dequeue();
                if (next.Time > instant)
                    yield return next;
            }
        }
    }

    /// <summary>The next attempt of a run; null where that was the last.</summary>
    /// <param name="runTime">The time of its first.</param>
    public DateTimeOffset? NextOf(DateTimeOffset runTime, DateTimeOffset now)
    {
        // Where the first falls into a gap, it is on the wall later than it is listed, and on the same day.
        var day = clock.WallOf(runTime).Date.AddDays(-(int)sinceMidnight[0].TotalDays);
        foreach (var attempt in OfDay(day))
            if (attempt.Time > now)
                return attempt.Time;
        return null;
    }

    private IEnumerable<DueTime> OfDay(DateTime day)
    {
        var first = clock.FirstInstantOf(day + sinceMidnight[0]);
        var last = DateTimeOffset.MinValue;
        foreach (var time in sinceMidnight)
        {
            var attempt = clock.FirstInstantOf(day + time);
            // Two that fall into one gap are one.
            if (attempt > last)
                yield return new(attempt, first);
            last = attempt;
        }
    }
}
