using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>Looks at the rules, and sends what is due, in a running replica.</summary>
internal sealed partial class AlertWatch(
    AlertPass pass,
    DeliveryRound round,
    IOptions<AlertOptions> options,
    TimeProvider time,
    ILogger<AlertWatch> logger
) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(
            RepeatAsync(pass.RunAsync, options.Value.Interval, stoppingToken),
            RepeatAsync(round.RunAsync, options.Value.DeliveryInterval, stoppingToken)
        );

    private async Task RepeatAsync(
        Func<CancellationToken, Task<int>> act,
        TimeSpan interval,
        CancellationToken stoppingToken
    )
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            do
            {
                try
                {
                    await act(stoppingToken);
                }
                catch (Exception error) when (!stoppingToken.IsCancellationRequested)
                {
                    // A database that is away must not end the service.
                    LogFailed(logger, error);
                }
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Told to stop.
        }
    }
}
