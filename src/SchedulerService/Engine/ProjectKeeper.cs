using System.Collections.Concurrent;
using Dendrite.SchedulerService.Backups.Jobs;
using Dendrite.SchedulerService.Jobs;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Scheduling;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Engine;

/// <summary>
/// Looks after the projects, at start and every half minute: each has the platform's own jobs, runs that nothing holds
/// up may begin, what a clock that was ahead put off is set back, what jobs that are gone began is ended, and the
/// record of those, and of old runs, is forgotten. All replicas do this; doing it twice does no harm.
/// </summary>
internal sealed partial class ProjectKeeper(
    ProjectStore projects,
    JobWriter jobs,
    RunQueue queue,
    SetBackStore ahead,
    OperationRun operations,
    PlatformJobs own,
    EngineWake wake,
    IOptions<SchedulerOptions> options,
    TimeProvider time,
    ILogger<ProjectKeeper> logger
) : BackgroundService
{
    private const int PageSize = 500;

    /// <summary>Runs forgotten of a project at a time.</summary>
    private const int ForgetPage = 1_000;

    /// <summary>Projects that were given their jobs by this process: a person's change to them is left alone.</summary>
    private readonly ConcurrentDictionary<ProjectId, bool> provided = new();

    public async Task LookAroundAsync(CancellationToken cancellationToken)
    {
        var after = "";
        while (true)
        {
            var page = await projects.ListAsync(after, PageSize, cancellationToken);
            foreach (var project in page)
                await LookAfterAsync(project.Id, cancellationToken);
            if (page.Count < PageSize)
                return;
            after = page[^1].Name;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAroundAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                // The next round tries again; a database that is away must not end the service.
                LogFailed(logger, error);
            }

            try
            {
                await Task.Delay(options.Value.ReconcileInterval, time, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task LookAfterAsync(ProjectId project, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (!provided.ContainsKey(project))
        {
            foreach (var job in own.Of(project, now))
                await jobs.EnsureAsync(job, cancellationToken);
            // Only now: where one could not be made, the next round tries again.
            provided.TryAdd(project, true);
            wake.Nudge();
        }

        await queue.ForgetOrphansAsync(project, ForgetPage, cancellationToken);
        await operations.EndOrphansAsync(project, cancellationToken);
        if (
            await ahead.SetBackAsync(project, now, options.Value.Lease, RunContext.FoundNoRest, cancellationToken)
            is > 0
                and var count
        )
        {
            LogSetBack(logger, count);
            wake.Nudge();
        }

        await queue.AskAgainAsync(project, now, cancellationToken);
        await queue.ReleaseAsync(project, now, cancellationToken);
        await queue.ForgetAsync(project, now - options.Value.KeepRuns, ForgetPage, cancellationToken);
    }

    [LoggerMessage(
        5004,
        LogLevel.Warning,
        "A clock was ahead: {Count} jobs and runs that waited for a time in the future go on from now"
    )]
    private static partial void LogSetBack(ILogger logger, int count);

    [LoggerMessage(5003, LogLevel.Error, "Looking after the projects failed; the next round tries again")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
