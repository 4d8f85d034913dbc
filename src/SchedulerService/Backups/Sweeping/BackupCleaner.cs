using Dendrite.Storage.Projects;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Backups.Sweeping;

/// <summary>Sweeps every project now and then, on every replica: who comes second finds nothing to do.</summary>
internal sealed partial class BackupCleaner(
    ProjectStore projects,
    BackupSweeper sweeper,
    IOptions<BackupCleaningOptions> options,
    TimeProvider time,
    ILogger<BackupCleaner> logger
) : BackgroundService
{
    private const int PageSize = 100;

    private readonly SemaphoreSlim asked = new(0);

    /// <summary>There is something to remove: it need not wait.</summary>
    public void Wake() => asked.Release();

    public override void Dispose()
    {
        asked.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await asked.WaitAsync(options.Value.Interval, stoppingToken);
                await SweepAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // The next round tries again; a database or store that is away must not end the service.
                LogFailed(logger, error);
                await Task.Delay(options.Value.Interval, time, stoppingToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        var after = "";
        while (true)
        {
            var page = await projects.ListAsync(after, PageSize, cancellationToken);
            foreach (var project in page)
            {
                await TrySweepAsync(project, cancellationToken);
            }

            if (page.Count < PageSize)
            {
                return;
            }

            after = page[^1].Name;
        }
    }

    private async Task TrySweepAsync(ProjectRecord project, CancellationToken cancellationToken)
    {
        try
        {
            await sweeper.SweepAsync(project, cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // One project that cannot be swept must not keep the others from it.
            LogProjectFailed(logger, error, project.Name);
        }
    }

    [LoggerMessage(5501, LogLevel.Error, "Backups cannot be swept; the next look comes soon")]
    private static partial void LogFailed(ILogger logger, Exception error);

    [LoggerMessage(5502, LogLevel.Error, "Backups of {Project} cannot be swept; the next look comes soon")]
    private static partial void LogProjectFailed(ILogger logger, Exception error, string project);
}

/// <summary>How old backups are removed. Section <c>Backups:Cleaning</c>.</summary>
internal sealed class BackupCleaningOptions
{
    public const string Section = "Backups:Cleaning";

    /// <summary>Between two looks for what expired. Default 10 minutes.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(10);
}
