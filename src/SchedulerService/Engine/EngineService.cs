using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Scheduling;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Engine;

/// <summary>Runs the engine in a replica: whenever something is due, asked for, or free again.</summary>
internal sealed partial class EngineService(
    JobEngine engine,
    EngineWake wake,
    ActiveRuns active,
    RunLeaseStore leases,
    IOptions<SchedulerOptions> options,
    TimeProvider time,
    ILogger<EngineService> logger
) : BackgroundService
{
    /// <summary>
    /// What comes so soon is waited for here: moving the shared clock costs several round trips, and it is set to the
    /// second.
    /// </summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>Rest between two looks, so that what comes due and what ends meanwhile is taken together.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        engine.Freed += wake.Nudge;
        return Task.WhenAll(RepeatAsync(LookAsync, stoppingToken), RepeatAsync(TendAsync, stoppingToken));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // Runs were told and give themselves back; the host's own limit bounds the wait.
        await engine.WhenIdleAsync().WaitAsync(cancellationToken);
    }

    private async Task LookAsync(CancellationToken stoppingToken)
    {
        if (await engine.StepAsync(stoppingToken))
            await Task.Delay(Rest, time, stoppingToken);
        else
            await wake.WaitAsync(await UntilNextAsync(stoppingToken), stoppingToken);
    }

    /// <summary>How long there is nothing to do, at most to the next look round.</summary>
    private async Task<TimeSpan> UntilNextAsync(CancellationToken stoppingToken)
    {
        var longest = options.Value.PollInterval;
        if (await leases.NextWakeAsync(stoppingToken) is not { } next)
            return longest;
        var left = next - time.GetUtcNow();
        if (left > Soon)
        {
            await wake.SetAsync(next);
            return longest;
        }

        // What is due and cannot be done now, because every place is taken or another replica holds it, is looked at
        // again soon.
        return left > Rest ? left : options.Value.BusyInterval;
    }

    private async Task TendAsync(CancellationToken stoppingToken)
    {
        await active.TendAsync(stoppingToken);
        await Task.Delay(options.Value.TendInterval, time, stoppingToken);
    }

    private async Task RepeatAsync(Func<CancellationToken, Task> act, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await act(stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // A database that is away must not end the service.
                LogFailed(logger, error);
                await Task.Delay(options.Value.PollInterval, time, CancellationToken.None);
            }
        }
    }

    [LoggerMessage(5043, LogLevel.Error, "Looking after the jobs failed; the next round tries again")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
