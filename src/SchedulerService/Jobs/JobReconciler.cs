using Dendrite.Contracts.Names;
using Dendrite.SchedulerService.Maintenance;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Scheduling;
using Microsoft.Extensions.Options;
using Quartz;

namespace Dendrite.SchedulerService.Jobs;

/// <summary>
/// Makes Quartz agree with the database, at start and every half minute: every project has its jobs, every job
/// its trigger, and every run that nobody works on is handed out again. All replicas do this; doing it twice does no
/// harm.
/// </summary>
internal sealed partial class JobReconciler(
    ProjectStore projects,
    JobStore jobs,
    RunStore runs,
    ISchedulerFactory quartz,
    IOptions<SchedulerOptions> options,
    IOptions<MaintenanceOptions> maintenance,
    TimeProvider time,
    ILogger<JobReconciler> logger
) : BackgroundService
{
    public const string RetentionJob = "retention";
    private const int PageSize = 500;

    // A run that was just queued is on its way to a worker already.
    private static readonly TimeSpan QueuePatience = TimeSpan.FromMinutes(1);

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var scheduler = await quartz.GetScheduler(cancellationToken);
        var after = "";
        while (true)
        {
            var page = await projects.ListAsync(after, PageSize, cancellationToken);
            foreach (var project in page)
                await ReconcileAsync(scheduler, project, cancellationToken);
            if (page.Count < PageSize)
                return;
            after = page[^1].Name;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.ReconcileInterval, time);
        do
        {
            try
            {
                await ReconcileAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                // The next round tries again; a database that is away must not end the service.
                LogFailed(logger, error);
            }
        } while (await NextAsync(timer, stoppingToken));
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task ReconcileAsync(IScheduler scheduler, ProjectRecord project, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await jobs.EnsureAsync(DefaultRetention(project, now), cancellationToken);
        await jobs.EnsureAsync(DefaultMaintenance(project, now), cancellationToken);
        foreach (var job in await jobs.ListAsync(project.Id, "", PageSize, cancellationToken))
            await ScheduleAsync(scheduler, new JobName(project.Name, job.Name), job, cancellationToken);
        foreach (var run in await runs.ListAbandonedAsync(project.Id, now - QueuePatience, now, cancellationToken))
        {
            LogHandedOut(logger, run.Id, run.Job, project.Name);
            await StartRunAsync(scheduler, new JobName(project.Name, run.Job), run.Id, cancellationToken);
        }
    }

    /// <summary>Has some replica work on a run now.</summary>
    public static async Task StartRunAsync(
        IScheduler scheduler,
        JobName job,
        Guid runId,
        CancellationToken cancellationToken
    )
    {
        var data = new JobDataMap();
        data.PutAsString(JobKeys.Run, runId);
        // A job that was just made may not be known to the clock yet.
        await scheduler.AddJob(DetailOf(job), AddJobOptions.Replacing, cancellationToken);
        await scheduler.TriggerJob(JobKeys.Of(job), data, cancellationToken);
    }

    private async Task ScheduleAsync(
        IScheduler scheduler,
        JobName name,
        JobRecord job,
        CancellationToken cancellationToken
    )
    {
        var expression = JobSchedule.Parse(job.Cron, job.TimeZone);
        var current = await scheduler.GetTrigger(JobKeys.ScheduleOf(name), cancellationToken) as ICronTrigger;
        if (
            current?.CronExpressionString == expression.CronExpressionString
            && current.TimeZone.Id == expression.TimeZone.Id
        )
        {
            return;
        }

        await scheduler.AddJob(DetailOf(name), AddJobOptions.Replacing, cancellationToken);
        var trigger = TriggerBuilder
            .Create(time)
            .WithIdentity(JobKeys.ScheduleOf(name))
            .ForJob(JobKeys.Of(name))
            // A night that was slept through is made up for once.
            .WithCronSchedule(
                expression,
                cron => cron.WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed)
            )
            .Build();
        await scheduler.ScheduleTrigger(trigger, TriggerConflict.Replace, cancellationToken);
        LogScheduled(logger, name.ToString(), job.Cron, job.TimeZone);
    }

    private static IJobDetail DetailOf(JobName name) =>
        JobBuilder.Create<JobRunner>().WithIdentity(JobKeys.Of(name)).StoreDurably().Build();

    private JobRecord DefaultRetention(ProjectRecord project, DateTimeOffset now) =>
        Default(project, RetentionJob, "Deletes branches that have expired", options.Value.RetentionCron, now);

    private JobRecord DefaultMaintenance(ProjectRecord project, DateTimeOffset now) =>
        Default(project, MaintenanceJobTask.TaskName, "Frees storage that nothing sees", maintenance.Value.Cron, now);

    private JobRecord Default(ProjectRecord project, string name, string title, string cron, DateTimeOffset now) =>
        new(
            project.Id,
            name,
            Guid.CreateVersion7(now),
            title,
            Task: name,
            cron,
            options.Value.TimeZone,
            PauseTime: null,
            PauseReason: "",
            now,
            now,
            Revision: 1
        );
}
