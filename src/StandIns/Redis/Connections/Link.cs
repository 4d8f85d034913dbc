using System.Security.Cryptography;
using StackExchange.Redis.Protocol;

namespace StackExchange.Redis.Connections;

/// <summary>
/// The way to the server for one purpose, over as many connections, one after the other, as it takes. While there is
/// none, commands fail at once: who caches in Redis wants to know now, not after a timeout.
/// </summary>
internal sealed class Link(
    ConfigurationOptions options,
    ConnectionType type,
    TimeProvider time,
    LinkEvents events,
    Func<Reply, bool>? takesPush = null
) : IAsyncDisposable
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestSweep = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestSweep = TimeSpan.FromMilliseconds(250);

    private readonly Dialer dialer = new(options, time);
    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource<Exception?> firstAttempt = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    private volatile RespConnection? current;
    private volatile Exception? lastFailure;
    private Task running = Task.CompletedTask;
    private int endPointIndex;

    public bool IsConnected => current is not null;

    /// <summary>Prepares each new connection. Where it fails the connection is given up.</summary>
    public Func<RespConnection, Task> OnConnected { get; init; } = _ => Task.CompletedTask;

    /// <summary>
    /// Starts connecting. The task ends with the outcome of the first attempts: null, or what went wrong.
    /// </summary>
    public Task<Exception?> StartAsync()
    {
        running = Task.Run(RunAsync);
        return firstAttempt.Task;
    }

    /// <exception cref="RedisConnectionException">There is no connection.</exception>
    public Task<Reply> SendAsync(Command command)
    {
        var connection = current;
        if (connection is not null)
            return connection.SendAsync(command);

        throw new RedisConnectionException(
            ConnectionFailureType.UnableToConnect,
            $"There is no connection to Redis ({options}) for {command.Name}: {lastFailure?.Message ?? "not yet made"}",
            lastFailure,
            CommandStatus.WaitingToBeSent
        );
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await running;
        stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var failures = 0;
        while (!stopping.IsCancellationRequested)
        {
            var connection = await TryConnectAsync(failures);
            if (connection is null)
            {
                failures++;
                await DelayAsync(Backoff(failures));
                continue;
            }

            failures = 0;
            await ServeAsync(connection);
        }

        firstAttempt.TrySetResult(new ObjectDisposedException(nameof(ConnectionMultiplexer)));
    }

    private async Task<RespConnection?> TryConnectAsync(int failures)
    {
        var endPoint = options.EndPoints[endPointIndex];
        try
        {
            return await dialer.ConnectAsync(endPoint, type, takesPush, stopping.Token);
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception error)
        {
            lastFailure = error;
            endPointIndex = (endPointIndex + 1) % options.EndPoints.Count;
            // Said once for a stretch of failures: a server that is away for a night is one event, not thousands.
            if (failures == 0)
                events.Failed(endPoint, type, error);
            if (failures + 1 >= Math.Max(options.ConnectRetry, options.EndPoints.Count))
                firstAttempt.TrySetResult(error);
            return null;
        }
    }

    private async Task ServeAsync(RespConnection connection)
    {
        var endPoint = options.EndPoints[endPointIndex];
        // Usable before it is prepared: a subscription made meanwhile is either among those made again or sends itself.
        current = connection;
        try
        {
            await OnConnected(connection);
            lastFailure = null;
            if (!firstAttempt.TrySetResult(null))
                events.Restored(endPoint, type);
            await SweepUntilClosedAsync(connection);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            lastFailure = error;
        }

        current = null;
        await connection.DisposeAsync();
        if (stopping.IsCancellationRequested)
            return;

        lastFailure ??= await connection.Closed;
        events.Failed(endPoint, type, lastFailure);
    }

    /// <summary>
    /// Times out what waits too long, and keeps an idle connection from being forgotten by what lies between.
    /// </summary>
    private async Task SweepUntilClosedAsync(RespConnection connection)
    {
        var timeout = TimeSpan.FromMilliseconds(options.AsyncTimeout);
        var interval = TimeSpan.FromTicks(Math.Clamp(timeout.Ticks / 8, ShortestSweep.Ticks, LongestSweep.Ticks));
        var keepAlive = TimeSpan.FromSeconds(Math.Max(options.KeepAlive, 1));
        var lastPing = time.GetTimestamp();
        using var timer = new PeriodicTimer(interval, time);
        while (!connection.Closed.IsCompleted && !stopping.IsCancellationRequested)
        {
            var tick = timer.WaitForNextTickAsync(stopping.Token).AsTask();
            await Task.WhenAny(tick, connection.Closed);
            connection.ExpireOlderThan(timeout);
            if (time.GetElapsedTime(lastPing) < keepAlive)
                continue;
            lastPing = time.GetTimestamp();
            Forget(connection);
        }
    }

    private static void Forget(RespConnection connection)
    {
        try
        {
            connection.SendAsync(new Command("PING", [])).Forget();
        }
        catch (RedisConnectionException)
        {
            // The loop around this one sees that for itself.
        }
    }

    private async Task DelayAsync(TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, time, stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // Stopping: the loop looks at the token next.
        }
    }

    /// <summary>
    /// Twice as long each time, with half of it drawn by lot so that replicas do not come back in step.
    /// </summary>
    private static TimeSpan Backoff(int failures)
    {
        var ceiling = Math.Min(
            FirstBackoff.TotalMilliseconds * Math.Pow(2, failures - 1),
            MaxBackoff.TotalMilliseconds
        );
        return TimeSpan.FromMilliseconds((ceiling / 2) + RandomNumberGenerator.GetInt32((int)(ceiling / 2) + 1));
    }
}
