using Dendrite.SchedulerService.Jobs;
using Dendrite.SchedulerService.Runs;
using Dendrite.SchedulerService.Times;
using Dendrite.Storage.Scheduling;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Engine;

/// <summary>Decides what becomes of a job whose time has come; reads no clock and no database.</summary>
internal sealed partial class JobAdvancer(RunIds ids, IOptions<SchedulerOptions> options, ILogger<JobAdvancer> logger)
{
    /// <param name="calendars">
    /// The project's, by id; those that the due jobs name. One that cannot be read fails where it is asked for.
    /// </param>
    public JobAdvance Decide(
        JobRecord job,
        DueTransaction due,
        IReadOnlyDictionary<string, Lazy<DayCalendar>> calendars,
        DateTimeOffset now
    )
    {
        try
        {
            var schedule = JobDefinition.ScheduleOf(job);
            if (schedule is null)
                return Quiet(job, now);
            var calendar = job.Timetable.Calendar is { } id ? calendars.GetValueOrDefault(id)?.Value : null;
            var times = new JobTimes(schedule, calendar, job.Timetable.ScheduleTime);
            return times.HasTimes ? ByTimes(job, due, times, now) : AfterOthers(job, due, times, now);
        }
        catch (Exception broken) when (broken is not OperationCanceledException)
        {
            // It was checked when it came; what this build refuses, or trips over, needs a person, and not a loop: here
            // it would come again in every step of every replica, and hold up the other jobs.
            LogBroken(logger, broken, job.Name, broken.Message);
            return Quiet(job, now);
        }
    }

    private JobAdvance ByTimes(JobRecord job, DueTransaction due, JobTimes times, DateTimeOffset now)
    {
        var policy = JobDefinition.PolicyOf(job);
        var late = new LatePolicy(policy.Misfire, policy.CatchUpWindow, options.Value.MisfireGrace);
        var plan = DuePlan.Make(times, job.Timetable.CursorTime, now, late);
        // A later attempt of a day whose run there is already: the run itself waits for that time, or has ended.
        var runs = plan.Runs.Where(run => !due.KnownTimes.Contains((job.Name, run.Time))).ToList();
        var advance = Planned(job, due, (RunCause.Schedule, runs), policy, now);
        return advance with
        {
            Cursor = plan.Cursor,
            Next = times.NextAfter(plan.Cursor),
            NextRun = times.NextRunAfter(now),
            Missed = plan.Missed,
            Skipped = plan.Skipped + advance.Runs.Count(run => run.SkipReason is not null),
        };
    }

    private JobAdvance AfterOthers(JobRecord job, DueTransaction due, JobTimes times, DateTimeOffset now)
    {
        if (!due.Released.TryGetValue(job.Name, out var released) || !times.Includes(now))
            return Quiet(job, job.Timetable.CursorTime);
        var run = new DueRun(released) { SkipReason = times.FindReason(new DueTime(now)) };
        var advance = Planned(job, due, (RunCause.Job, [run]), JobDefinition.PolicyOf(job), now);
        return advance with { Skipped = advance.Runs.Count(planned => planned.SkipReason is not null) };
    }

    private JobAdvance Planned(
        JobRecord job,
        DueTransaction due,
        (RunCause Cause, IReadOnlyList<DueRun> Runs) wanted,
        RunPolicy policy,
        DateTimeOffset now
    )
    {
        var unfinished = due.GoingOn.GetValueOrDefault(job.Name);
        var overlap = Overlap.Apply(wanted.Runs, policy.Overlap, unfinished.Begun, unfinished.Queued);
        var planned = overlap.Runs.Select(run => new PlannedRun(job.Name, ids.Next(now), wanted.Cause)
        {
            ScheduledTime = run.Time,
            ConcurrencyKey = policy.KeyFor(job.Name),
            MakesUp = run.MakesUp,
            SkipReason = run.SkipReason,
        });
        return new JobAdvance(job.Name, [.. planned])
        {
            Cursor = now,
            Next = null,
            NextRun = null,
            CancelsOthers = overlap.CancelsOthers,
        };
    }

    /// <summary>Nothing to run, and nothing more by itself.</summary>
    private static JobAdvance Quiet(JobRecord job, DateTimeOffset cursor) =>
        new(job.Name, [])
        {
            Cursor = cursor,
            Next = null,
            NextRun = null,
        };
}
