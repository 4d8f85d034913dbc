using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Care;

/// <summary>Looks at the database again and again, in a running replica.</summary>
internal sealed partial class CareWatch(
    CareLookPass pass,
    IOptions<CareOptions> options,
    TimeProvider time,
    ILogger<CareWatch> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Interval, time);
        try
        {
            do
            {
                try
                {
                    await pass.RunAsync(stoppingToken);
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

    [LoggerMessage(5602, LogLevel.Error, "The database could not be looked at; the next look tries again")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
