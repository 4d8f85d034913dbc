using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Times;

/// <summary>The times of a whole schedule: those of its trigger within its active range, and which days are left
/// out.</summary>
internal sealed class JobTimes
{
    public static TimeSpan MinInterval { get; } = TimeSpan.FromSeconds(1);

    public static TimeSpan MaxInterval { get; } = TimeSpan.FromDays(3660);

    /// <summary>
    /// Days that are looked through for the next run: some ten years of holidays and weekends without one are none.
    /// </summary>
    private const int MaxDaysLeftOut = 4_000;

    /// <summary>
    /// Times of a past range that are looked at, also of days that are left out: ten thousand days of as many attempts
    /// as a day may have, and some seconds of work.
    /// </summary>
    private const int MaxTimesLookedAt = 1_000_000;

    /// <summary>Attempts that are looked through for the next run: those of as many days.</summary>
    private const int MaxAttemptsLeftOut = MaxDaysLeftOut * ClockTimes.MaxTimes;

    private readonly IDueTimes times;
    private readonly DayCalendar? calendar;
    private readonly DateTimeOffset start;
    private readonly DateTimeOffset end;

    /// <param name="calendar">The one that the schedule names; null: every day.</param>
    /// <param name="anchor">Since when the schedule is as it is: what intervals count from.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: the schedule makes no sense.</exception>
    public JobTimes(Schedule schedule, DayCalendar? calendar, DateTimeOffset anchor)
    {
        this.calendar = calendar;
        var range = schedule.ActiveRange;
        start = range?.StartTime is { } from
            ? Timestamps.Read(from, "job.schedule.active_range.start_time")
            : DateTimeOffset.MinValue;
        end = range?.EndTime is { } to
            ? Timestamps.Read(to, "job.schedule.active_range.end_time")
            : DateTimeOffset.MaxValue;
        if (start >= end)
            throw DendriteException.Invalid("job.schedule.active_range", "ends before it starts; turn it round");
        times = Of(schedule, range?.StartTime is null ? anchor : start);
    }

    /// <summary>Whether the clock says when it runs.</summary>
    public bool HasTimes => times is not NoTimes;

    /// <summary>Those after an instant, also of days that are left out.</summary>
    public IEnumerable<DueTime> After(DateTimeOffset instant)
    {
        var from = instant < start ? start.AddTicks(-1) : instant;
        return times.After(from).SkipWhile(due => due.RunTime < start).TakeWhile(due => due.Time < end);
    }

    /// <summary>Those of runs from one instant to before another, without the days that are left out.</summary>
    /// <exception cref="DendriteException">
    /// INVALID_ARGUMENT, as they are listed: the range holds more times than are looked at.
    /// </exception>
    public IEnumerable<DateTimeOffset> RunsIn(
        DateTimeOffset from,
        DateTimeOffset until,
        CancellationToken cancellationToken
    )
    {
        var seen = 0;
        foreach (var due in After(from > DateTimeOffset.MinValue ? from.AddTicks(-1) : from))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (due.Time >= until)
                yield break;
            if (++seen > MaxTimesLookedAt)
            {
                throw DendriteException.Invalid(
                    "range",
                    $"holds more than {MaxTimesLookedAt} times of the job, with those that its calendar leaves out; "
                        + "ask for a part of it at a time"
                );
            }

            if (due.IsFirst && FindReason(due) is null)
                yield return due.Time;
        }
    }

    /// <summary>Whether an instant is in its active range.</summary>
    public bool Includes(DateTimeOffset instant) => instant >= start && instant < end;

    /// <summary>
    /// Why the calendar leaves a time out; null where it does not. A day's attempts go with its first.
    /// </summary>
    public string? FindReason(DueTime due) => calendar?.FindReason(due.RunTime);

    /// <summary>The next time, also of a day that is left out; null: there is none.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset instant) => FirstOf(After(instant))?.Time;

    /// <summary>The next time that is not left out; null: none is known.</summary>
    public DateTimeOffset? NextRunAfter(DateTimeOffset instant)
    {
        if (times is AttemptTimes)
        {
            // One after the other: attempts of the day before may be among those of a day that is left out.
            var next = FirstOf(After(instant).Take(MaxAttemptsLeftOut).Where(due => FindReason(due) is null));
            return next?.Time;
        }

        for (var i = 0; i < MaxDaysLeftOut; i++)
        {
            if (FirstOf(After(instant)) is not { } due)
                return null;
            if (FindReason(due) is null)
                return due.Time;
            // The rest of that day is left out too.
            instant = Later(due.Time, calendar!.EndOfDay(due.Time).AddTicks(-1));
        }

        return null;
    }

    private static DueTime? FirstOf(IEnumerable<DueTime> times)
    {
        foreach (var due in times)
            return due;
        return null;
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static IDueTimes Of(Schedule schedule, DateTimeOffset anchor) =>
        schedule.TriggerCase switch
        {
            Schedule.TriggerOneofCase.Cron => new CronTimes(schedule.Cron),
            Schedule.TriggerOneofCase.Interval => new IntervalTimes(
                Durations.Read(schedule.Interval, "job.schedule.interval", MinInterval, MaxInterval),
                anchor
            ),
            Schedule.TriggerOneofCase.Once => new OnceTimes(Timestamps.Read(schedule.Once, "job.schedule.once")),
            Schedule.TriggerOneofCase.Attempts => new AttemptTimes(schedule.Attempts),
            Schedule.TriggerOneofCase.AfterJobs => new NoTimes(),
            _ => throw DendriteException.Invalid(
                "job.schedule",
                "says nothing of when; give one of cron, interval, once, after_jobs and attempts, or no schedule"
            ),
        };
}
