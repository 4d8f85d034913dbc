using Dendrite.Client.Spools;
using Grpc.Core;

namespace Dendrite.Client.Gateways;

/// <summary>
/// Ends a call that looks alive and is not: nothing was acknowledged, or its close not answered, for too long. Pings
/// find a connection that is dead; this finds a service, or a proxy, that answers pings and nothing else.
/// </summary>
internal sealed class CallWatch : IDisposable
{
    /// <summary>How much later than due a dead call may be noticed, as a part of the limit.</summary>
    private const int LooksPerLimit = 4;

    // Never disposed: it has no timer of its own, and the look at the call may go on while that is over.
    private readonly CancellationTokenSource dead = new();
    private readonly CancellationTokenSource linked;
    private readonly CancellationToken asked;
    private readonly TimeSpan limit;
    private readonly ITimer timer;

    public CallWatch(Outbox outbox, TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        this.limit = limit;
        asked = cancellation;
        linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, dead.Token);
        var began = time.GetTimestamp();
        var opened = false;
        timer = time.CreateTimer(
            _ =>
            {
                opened |= outbox.IsOpen;
                var waited = opened ? outbox.LongestWait : time.GetElapsedTime(began);
                if (waited > limit)
                {
                    dead.Cancel();
                }
            },
            null,
            limit / LooksPerLimit,
            limit / LooksPerLimit
        );
    }

    /// <summary>Cancelled when the caller wants it or the call is dead.</summary>
    public CancellationToken Token => linked.Token;

    /// <summary>The failure by its cause: a call that was ended here did not want to be.</summary>
    public Exception Explain(Exception failure) =>
        dead.IsCancellationRequested && !asked.IsCancellationRequested
            ? new RpcException(
                new(StatusCode.Unavailable, $"Nothing was acknowledged for {limit.TotalSeconds:0.#} s.", failure)
            )
            : failure;

    public void Dispose()
    {
        timer.Dispose();
        linked.Dispose();
    }
}
