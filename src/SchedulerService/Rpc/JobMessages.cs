using System.Globalization;
using Dendrite.Contracts.Names;
using Dendrite.SchedulerService.Jobs;
using Dendrite.SchedulerService.Maintenance;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Rpc;

/// <summary>A job as it travels.</summary>
internal static class JobMessages
{
    public static Job Of(JobName name, JobRecord job, RunRecord? lastRun, DateTimeOffset now)
    {
        var message = new Job
        {
            Name = name.ToString(),
            Uid = job.Uid.ToString(),
            DisplayName = job.DisplayName,
            Schedule = new Schedule
            {
                Cron = new CronTrigger { Expression = job.Cron, TimeZone = job.TimeZone },
            },
            Task = TaskOf(job),
            State = job.PauseTime is null ? JobState.Active : JobState.Paused,
            PauseReason = job.PauseReason,
            CreateTime = job.CreateTime.ToTimestamp(),
            UpdateTime = job.UpdateTime.ToTimestamp(),
            Etag = job.Revision.ToString(CultureInfo.InvariantCulture),
        };
        if (job.PauseTime is null)
            message.NextRunTime = JobSchedule.Parse(job.Cron, job.TimeZone).GetNextValidTimeAfter(now)?.ToTimestamp();
        if (lastRun is not null)
            message.LastRun = RunMessages.Of(name, lastRun);
        return message;
    }

    private static JobTask TaskOf(JobRecord job) =>
        job.Task == MaintenanceJobTask.TaskName
            ? new() { Maintenance = new MaintenanceTask() }
            : new() { Retention = new RetentionTask() };
}
