using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Scheduling;
using Quartz;

namespace Dendrite.SchedulerService.Jobs;

/// <summary>
/// What Quartz calls when a job is due or a run was asked for. Quartz clusters this and still does not promise that a
/// paused or slow node runs nothing twice, so the run's row decides.
/// </summary>
[DisallowConcurrentExecution]
internal sealed partial class JobRunner(
    ProjectStore projects,
    JobStore jobs,
    RunStore runs,
    RunWorker worker,
    TimeProvider time,
    ILogger<JobRunner> logger
) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var name = JobKeys.NameOf(context.JobDetail.Key);
        try
        {
            var project = await projects.GetAsync(name.Project, cancellationToken);
            var job = await jobs.GetAsync(project.Id, name.Job, cancellationToken);
            var run = context.MergedJobDataMap.TryGetValue(JobKeys.Run, out var asked)
                ? await runs.FindAsync(project.Id, job.Name, Guid.Parse((string)asked!), cancellationToken)
                : await DueRunAsync(job, context, cancellationToken);
            if (run is not null)
                await worker.WorkAsync(name, job, run, cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // The run's row says where it stands, and the reconciler hands it out again; Quartz has nothing to add.
            LogFailed(logger, error, name.ToString());
        }
    }

    private async Task<RunRecord?> DueRunAsync(
        JobRecord job,
        IJobExecutionContext context,
        CancellationToken cancellationToken
    )
    {
        if (job.PauseTime is not null)
            return null;
        var now = time.GetUtcNow();
        var due = context.ScheduledFireTimeUtc ?? context.FireTimeUtc;
        return await runs.AddDueAsync(job, Guid.CreateVersion7(now), due, now, cancellationToken);
    }

    [LoggerMessage(5011, LogLevel.Error, "{Job} could not be run")]
    private static partial void LogFailed(ILogger logger, Exception error, string job);
}
