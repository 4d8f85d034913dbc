using Grpc.Core.Wire;

namespace Grpc.AspNetCore.Server;

/// <summary>
/// Ends a call when its time is up, whatever the handler does. Problem: the timer and the handler would write to one
/// response. So a write is announced and ended here: a deadline that passes during one leaves the ending to whoever
/// ends that write, and every later write is refused. Thread-safe.
/// </summary>
internal sealed class CallDeadline
{
    private readonly Lock gate = new();
    private readonly HttpCallContext call;
    private readonly TimeSpan timeout;
    private readonly CancellationTokenSource source;
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? timer;
    private bool ended;
    private bool exceeded;
    private bool writing;

    private CallDeadline(HttpCallContext call, TimeSpan timeout)
    {
        this.call = call;
        this.timeout = timeout;
        Instant = call.Server.Time.GetUtcNow().UtcDateTime + timeout;
        source = CancellationTokenSource.CreateLinkedTokenSource(call.HttpContext.RequestAborted);
        Token = source.Token;
    }

    /// <summary>When time is up (UTC).</summary>
    public DateTime Instant { get; }

    /// <summary>Fires at the deadline, or earlier if the client leaves.</summary>
    public CancellationToken Token { get; }

    /// <summary>Ends when the response is complete, for a call that <see cref="TryEnd"/> could not end.</summary>
    public Task Completion => completion.Task;

    /// <summary>The deadline that the request names, running; null if it names none.</summary>
    public static CallDeadline? Start(HttpCallContext call, CallServer server)
    {
        if (!call.HttpContext.Request.Headers.TryGetValue(WireNames.Timeout, out var header))
        {
            return null;
        }

        if (!WireTimeout.TryParse(header.ToString(), out var timeout) || timeout <= TimeSpan.Zero)
        {
            server.Logger.InvalidTimeoutIgnored(header);
            return null;
        }

        var deadline = new CallDeadline(call, timeout < WireTimeout.Max ? timeout : WireTimeout.Max);
        deadline.StartTimer(server.Time);
        return deadline;
    }

    /// <summary>True if the handler ends the call; false if the deadline has, or is about to.</summary>
    public bool TryEnd()
    {
        lock (gate)
        {
            if (exceeded)
            {
                return false;
            }

            ended = true;
        }

        timer?.Dispose();
        source.Dispose();
        return true;
    }

    /// <summary>Announces a write.</summary>
    /// <exception cref="OperationCanceledException">The deadline has passed.</exception>
    public void EnterWrite()
    {
        lock (gate)
        {
            if (exceeded)
            {
                throw new OperationCanceledException("The deadline of the call has passed.", Token);
            }

            writing = true;
        }
    }

    /// <summary>Ends a write, and the call with it if its time passed meanwhile.</summary>
    public void ExitWrite()
    {
        lock (gate)
        {
            writing = false;
            if (!exceeded)
            {
                return;
            }
        }

        _ = CompleteAsync();
    }

    // A timer takes at most 49 days; a longer wait is cut into pieces.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(30);

    private void StartTimer(TimeProvider time)
    {
        var first = timeout < LongestWait ? timeout : LongestWait;
        lock (gate)
        {
            timer = time.CreateTimer(
                static state => ((CallDeadline)state!).OnTimer(),
                this,
                first,
                System.Threading.Timeout.InfiniteTimeSpan
            );
        }
    }

    private void OnTimer()
    {
        bool isFree;
        lock (gate)
        {
            if (ended || exceeded)
            {
                return;
            }

            var left = Instant - call.Server.Time.GetUtcNow().UtcDateTime;
            if (left > TimeSpan.FromMilliseconds(1))
            {
                timer!.Change(left < LongestWait ? left : LongestWait, System.Threading.Timeout.InfiniteTimeSpan);
                return;
            }

            exceeded = true;
            isFree = !writing;
        }

        call.Server.Logger.DeadlineExceeded(timeout);

        // The handler learns of it first: a write that waits for a slow client ends by this.
        try
        {
            source.Cancel();
        }
        catch (AggregateException error)
        {
            call.Server.Logger.DeadlineCancellationError(error);
        }

        if (isFree)
        {
            _ = CompleteAsync();
        }
    }

    private async Task CompleteAsync()
    {
        try
        {
            await call.EndAtDeadlineAsync();
        }
        catch (Exception error)
        {
            // The client may be gone; nobody is left to tell.
            call.Server.Logger.DeadlineCancellationError(error);
        }
        finally
        {
            timer?.Dispose();
            completion.SetResult();
        }
    }
}
