using System.Threading.Channels;

namespace Dendrite.Client.Gateways;

/// <summary>
/// Hands events to the host, in order, away from the threads that make them: a slow host, or one that throws, stops
/// nothing. Thread-safe.
/// </summary>
internal sealed class GatewayEvents
{
    private const int MaxWaiting = 1_024;

    private readonly Channel<GatewayEvent> waiting = Channel.CreateBounded<GatewayEvent>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }
    );
    private readonly Action<GatewayEvent>? host;
    private readonly TimeProvider time;
    private readonly Task telling;

    public GatewayEvents(Action<GatewayEvent>? host, TimeProvider time)
    {
        this.host = host;
        this.time = time;
        telling = host is null ? Task.CompletedTask : TellAsync(host);
    }

    /// <summary>Tells the host, soon.</summary>
    /// <param name="make">Makes the event; given the present instant.</param>
    public void Raise(Func<DateTimeOffset, GatewayEvent> make)
    {
        if (host is not null)
        {
            waiting.Writer.TryWrite(make(time.GetUtcNow()));
        }
    }

    /// <summary>Ends when the host was told everything.</summary>
    public Task CompleteAsync()
    {
        waiting.Writer.TryComplete();
        return telling;
    }

    private async Task TellAsync(Action<GatewayEvent> listener)
    {
        await foreach (var happened in waiting.Reader.ReadAllAsync())
        {
            try
            {
                listener(happened);
            }
            catch (Exception)
            {
                // The host's own trouble: a recording does not end for it, and there is no log of ours to tell.
                GatewayMeter.OnHostFailure();
            }
        }
    }
}
