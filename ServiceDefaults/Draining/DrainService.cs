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
    /// <summary>
    /// How long connections stay after the last of the open calls has ended. The server closes each with its last call,
    /// and a client that streamed and hears of that before it has taken in the call's status takes the call for broken
    /// (INTERNAL, with .NET's), and not for one to be gone on with elsewhere.
    /// </summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(500);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var hadCalls = state.OpenCalls > 0;
        LogDraining(logger, state.OpenCalls);
        await state.BeginDrainingAsync();
        try
        {
            await Task.Delay(options.Value.ReadinessGrace, time, cancellationToken);
            hadCalls |= state.OpenCalls > 0;
            await state.RefuseAsync().WaitAsync(options.Value.OpenCallsTimeout, time, cancellationToken);
            LogDrained(logger, time.GetElapsedTime(start).TotalMilliseconds);
            if (hadCalls)
            {
                // By the network's time, whatever clock the service goes by.
                await Task.Delay(LastWords, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
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
