using Dendrite.Contracts.Names;
using Dendrite.SchedulerService.Runs;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Jobs;

/// <summary>From what is stored to the contract.</summary>
internal static class JobMapper
{
    /// <param name="lastRun">Null before the first.</param>
    public static Job ToContract(JobName name, JobRecord job, RunRecord? lastRun)
    {
        var mapped = new Job
        {
            Name = name.ToString(),
            Uid = job.Uid.ToString(),
            DisplayName = job.DisplayName,
            Schedule = JobDefinition.ScheduleOf(job),
            Task = JobDefinition.TaskOf(job),
            Policy = JobDefinition.SetPolicyOf(job),
            State = StateOf(job),
            PauseReason = job.PauseReason,
            NextRunTime = Timestamps.Of(job.PauseTime is null ? job.Timetable.NextRunTime : null),
            LastRun = lastRun is null ? null : RunMapper.ToContract(name, lastRun),
            Counters = CountersOf(job.Tally),
            CreateTime = Timestamps.Of(job.CreateTime),
            UpdateTime = Timestamps.Of(job.UpdateTime),
            Etag = Etag.Of(job.Revision),
        };
        mapped.Labels.Add(job.Labels.ToDictionary());
        return mapped;
    }

    private static JobState StateOf(JobRecord job) =>
        job switch
        {
            { PauseTime: not null } => JobState.Paused,
            { Timetable: { ScheduleJson: not null, AfterJobs.Count: 0, NextTime: null } } => JobState.Ended,
            _ => JobState.Active,
        };

    private static JobCounters CountersOf(JobTally tally) =>
        new()
        {
            Started = tally.Started,
            Succeeded = tally.Succeeded,
            Failed = tally.Failed,
            Missed = tally.Missed,
            Skipped = tally.Skipped,
        };
}
