using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dendrite.ServiceDefaults.Draining;

/// <summary>
/// The order of an end: health says no, calls go on being taken for a grace, then no more are, the open ones may finish
/// within their time, and only then the host stops its parts (the server among them, which cuts off what is left).
/// </summary>
internal sealed partial class DrainService(
    DrainState state,
    IOptions<DrainOptions> options,
    TimeProvider time,
    ILogger<DrainService> logger
) : IHostedLifecycleService
{
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        LogDraining(logger, state.OpenCalls);
        await state.BeginDrainingAsync();
        try
        {
            await Task.Delay(options.Value.ReadinessGrace, time, cancellationToken);
            await state.RefuseAsync().WaitAsync(options.Value.OpenCallsTimeout, time, cancellationToken);
            LogDrained(logger, time.GetElapsedTime(start).TotalMilliseconds);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            LogCutOff(logger, state.OpenCalls, options.Value.OpenCallsTimeout);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
