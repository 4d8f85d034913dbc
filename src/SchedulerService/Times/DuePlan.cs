using Dendrite.V1;

namespace Dendrite.SchedulerService.Times;

/// <summary>
/// What to do about the times of a schedule that have come: pure, so that every policy can be tested by table. A time
/// is late when it passed while nothing could run; what is not late is due.
/// </summary>
/// <param name="Runs">What to run or to leave out, in order.</param>
/// <param name="Missed">Late times that no run is made for.</param>
/// <param name="Skipped">Late times that the calendar left out; those that were due are among the runs.</param>
/// <param name="Cursor">Up to where all times are accounted for.</param>
internal sealed record DuePlan(IReadOnlyList<DueRun> Runs, long Missed, long Skipped, DateTimeOffset Cursor)
{
    /// <summary>
    /// Times that are looked at in one go; the rest at once after it. A schedule of every second that slept for a week
    /// has 600,000.
    /// </summary>
    public const int MaxTimes = 5_000;

    /// <param name="cursor">Up to where all times are accounted for.</param>
    public static DuePlan Make(JobTimes times, DateTimeOffset cursor, DateTimeOffset now, LatePolicy policy)
    {
        var (open, isWhole) = Take(times, cursor, now);
        var skipped = 0L;
        var late = new List<DueTime>();
        var runs = new List<DueRun>();
        foreach (var due in open)
        {
            var isLate = due.Time < now - policy.Grace;
            if (times.FindReason(due) is { } reason)
            {
                if (isLate || !due.IsFirst)
                    skipped += due.IsFirst ? 1 : 0;
                else
                    runs.Add(new(due.RunTime) { SkipReason = reason });
            }
            else if (isLate)
            {
                late.Add(due);
            }
            else
            {
                runs.Add(new(due.RunTime));
            }
        }

        var isForLast = runs.All(run => run.SkipReason is not null) && (isWhole || !HasMore(times, open[^1], now));
        var made = MakeUp(late, isForLast, now, policy);
        List<DueRun> all = [.. made.Concat(runs).DistinctBy(run => run.Time)];
        // Not one whose run begins with a later attempt of its day.
        var missed = late.Count(due => due.IsFirst && all.All(run => run.Time != due.RunTime));
        return new(all, missed, skipped, isWhole ? now : open[^1].Time);
    }

    private static List<DueRun> MakeUp(List<DueTime> late, bool isForLast, DateTimeOffset now, LatePolicy policy) =>
        policy.Misfire switch
        {
            MisfirePolicy.Skip => [],
            MisfirePolicy.RunAll =>
            [
                .. late.Where(due => due.Time >= now - policy.CatchUpWindow)
                    .Select(due => new DueRun(due.RunTime) { MakesUp = true })
                    .DistinctBy(run => run.Time),
            ],
            // One run for all of them: where one is due as well, that is it.
            _ => isForLast && late.Count > 0 ? [new(late[^1].RunTime)] : [],
        };

    /// <summary>Whether a later part has a time that is not left out, and so the one run for all of them.</summary>
    private static bool HasMore(JobTimes times, DueTime last, DateTimeOffset now) =>
        times.NextRunAfter(last.Time) <= now;

    /// <summary>The times to now, or the first of very many; of times at one instant all or none.</summary>
    private static (List<DueTime> Times, bool IsWhole) Take(JobTimes times, DateTimeOffset cursor, DateTimeOffset now)
    {
        var open = new List<DueTime>();
        foreach (var due in times.After(cursor))
        {
            if (due.Time > now)
                break;
            if (open.Count >= MaxTimes && due.Time > open[^1].Time)
                return (open, false);
            open.Add(due);
        }

        return (open, true);
    }
}

/// <summary>What a job does about times that passed while nothing could run.</summary>
/// <param name="Grace">How late a time may be that is still due.</param>
internal readonly record struct LatePolicy(MisfirePolicy Misfire, TimeSpan CatchUpWindow, TimeSpan Grace);

/// <summary>A run that is due or left out.</summary>
/// <param name="Time">The time that the schedule named.</param>
internal sealed record DueRun(DateTimeOffset Time)
{
    /// <summary>Made up for later: it waits for others and makes none skip.</summary>
    public bool MakesUp { get; init; }

    /// <summary>Why it is left out; null: it is to run.</summary>
    public string? SkipReason { get; init; }
}
