using System.Globalization;
using Dendrite.Cli.Output;
using Dendrite.V1;
using TriggerCase = Dendrite.V1.Schedule.TriggerOneofCase;

namespace Dendrite.Cli.Jobs;

/// <summary>How jobs look.</summary>
internal static class JobView
{
    public static void Write(CliOutput output, Job job)
    {
        if (output.IsJson)
        {
            output.WriteMessage(job);
            return;
        }

        var title = Shown.TitleAfter(job.DisplayName);
        var paused = job.PauseReason.Length > 0 ? $": {job.PauseReason}" : "";
        output.WriteLine($"job {Shown.Id(job.Name)}  {StateOf(job)}{paused}{title}");
        output.WriteLine($"  does     {TaskOf(job.Task)}");
        output.WriteLine($"  runs     {ScheduleOf(job.Schedule)}");
        if (job.NextRunTime is not null)
            output.WriteLine($"  next     {Shown.Time(job.NextRunTime)}");
        if (job.LastRun is { } last)
            output.WriteLine($"  last     {RunView.IdOf(last)}  {RunView.StateOf(last)}  {Shown.Time(last.StartTime)}");
        var counters = job.Counters ?? new();
        output.WriteLine(
            $"  so far   {counters.Started} started, {counters.Succeeded} succeeded, {counters.Failed} failed, "
                + $"{counters.Missed} missed, {counters.Skipped} skipped"
        );
        if (job.Labels.Count > 0)
            output.WriteLine($"  labels   {Shown.Pairs(job.Labels)}");
        output.WriteLine($"  etag     {job.Etag}");
    }

    public static void Write(CliOutput output, ListJobsResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }

        if (list.Jobs.Count == 0)
        {
            output.WriteLine("No jobs.");
            return;
        }

        var table = new TextTable("JOB", "STATE", "DOES", "RUNS", "NEXT", "LAST", "TITLE");
        foreach (var job in list.Jobs)
        {
            table.Add(
                Shown.Id(job.Name),
                StateOf(job),
                TaskOf(job.Task),
                ScheduleOf(job.Schedule),
                Shown.Time(job.NextRunTime),
                job.LastRun is { } last ? RunView.StateOf(last) : "",
                Shown.Brief(job.DisplayName, 40)
            );
        }

        table.WriteTo(output);
    }

    public static void Write(CliOutput output, GetSchedulerHealthResponse health)
    {
        if (output.IsJson)
        {
            output.WriteMessage(health);
            return;
        }

        var reason = health.Reason.Length > 0 ? $": {health.Reason}" : "";
        output.WriteLine($"{health.State.ToString().ToLowerInvariant()}{reason}");
        var delay = health.StartDelay is { } late ? $", the latest began {Shown.Span(late)} late" : "";
        // The ratio of no runs is 1: nothing failed. People are told that nothing ended.
        var succeed = health.Jobs.Any(HasEnded)
            ? $"{Percent(health.SuccessRatio)} of runs succeed"
            : "No run ended in this time";
        output.WriteLine($"{succeed}, {health.RunningRuns} go on, {health.QueuedRuns} wait" + delay);
        var table = new TextTable("JOB", "HEALTH", "SUCCEED", "LAST SUCCESS", "MEDIAN");
        foreach (var job in health.Jobs)
        {
            table.Add(
                Shown.Id(job.Job),
                job.State.ToString().ToLowerInvariant(),
                HasEnded(job) ? Percent(job.SuccessRatio) : "no run",
                Shown.Time(job.LastSuccessTime),
                job.MedianDuration is { } median ? Shown.Span(median) : ""
            );
        }

        table.WriteTo(output);
    }

    /// <summary>Only then it has a ratio and a median; that of no runs is 1 on the wire.</summary>
    private static bool HasEnded(JobHealth job) => job.MedianDuration is not null;

    private static string StateOf(Job job) => job.State.ToString().ToLowerInvariant();

    private static string TaskOf(JobTask task) =>
        task.TaskCase switch
        {
            JobTask.TaskOneofCase.Retention when task.Retention.Policies.Count > 0 =>
                $"retention:{string.Join(',', task.Retention.Policies.Select(Shown.Id))}",
            JobTask.TaskOneofCase.SyncSource => $"sync:{Shown.Id(task.SyncSource)}",
            JobTask.TaskOneofCase.BackupPlan => $"backup:{Shown.Id(task.BackupPlan)}",
            JobTask.TaskOneofCase.RestoreDrill => $"drill:{Shown.Id(task.RestoreDrill)}",
            JobTask.TaskOneofCase.Workflow => $"workflow:{Shown.Id(task.Workflow)}",
            _ => task.TaskCase.ToString().ToLowerInvariant(),
        };

    private static string ScheduleOf(Schedule? schedule)
    {
        if (schedule is null)
            return "when asked to";
        var when = schedule.TriggerCase switch
        {
            TriggerCase.Cron => $"'{schedule.Cron.Expression}'{Zone(schedule.Cron.TimeZone)}",
            TriggerCase.Interval => $"every {Shown.Span(schedule.Interval)}",
            TriggerCase.Once => $"once at {Shown.Time(schedule.Once)}",
            TriggerCase.AfterJobs => $"after {string.Join(", ", schedule.AfterJobs.Jobs.Select(Shown.Id))}",
            TriggerCase.Attempts =>
                $"at {string.Join(", ", schedule.Attempts.Times)}{Zone(schedule.Attempts.TimeZone)}",
            _ => "",
        };
        return schedule.Calendar.Length > 0 ? $"{when}, by calendar {Shown.Id(schedule.Calendar)}" : when;
    }

    private static string Zone(string zone) => zone.Length > 0 ? $" {zone}" : " UTC";

    private static string Percent(double ratio) => ratio.ToString("0.0 %", CultureInfo.InvariantCulture);
}
