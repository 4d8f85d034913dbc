using Dendrite.Client.Spools;

namespace Dendrite.Client.Gateways;

/// <summary>What a gateway tells of itself: progress, events and metrics, in one place. Thread-safe.</summary>
internal sealed class GatewayStatus(GatewayOptions options, GatewayEvents events)
{
    private readonly Lock gate = new();
    private readonly GatewayMeter meter = new(options.Stream);
    private GatewayProgress progress;

    /// <summary>How it is now.</summary>
    public GatewayProgress Progress
    {
        get
        {
            lock (gate)
            {
                return progress;
            }
        }
    }

    public void Raise(Func<DateTimeOffset, GatewayEvent> make) => events.Raise(make);

    public void Update(Func<GatewayProgress, GatewayProgress> change)
    {
        lock (gate)
        {
            progress = change(progress);
        }
    }

    /// <summary>One that gave up stays so, whatever comes of the call that it was in.</summary>
    public void Become(GatewayState state) =>
        Update(now => now.State == GatewayState.Failed ? now : now with { State = state });

    public void OnTaken(long nextSample, long sampleCount)
    {
        meter.OnTaken(sampleCount);
        Update(now => now with { NextSample = nextSample });
    }

    public void OnSpooled(long end) => Update(now => now with { SpooledSample = end });

    /// <summary>Samples that were taken, or offered, are lost.</summary>
    public void OnLost(long sampleCount)
    {
        meter.OnLost(sampleCount);
        Update(now => now with { LostSamples = now.LostSamples + sampleCount });
    }

    /// <summary>The spool dropped samples for want of room.</summary>
    public void OnDropped(int group, long first, long end)
    {
        OnLost(end - first);
        var gap = new V1.Gap { Cause = V1.GapCause.SpoolOverflow, Note = "The spool was full." };
        OnGap(group, first, end - first, gap);
    }

    /// <summary>Samples are missing though nothing in the spool says so.</summary>
    public void OnHole(FoundHole hole)
    {
        if (hole.IsLoss)
        {
            OnLost(hole.Count);
        }

        OnGap(hole.Group, hole.First, hole.Count, hole.Gap);
    }

    public void OnGap(int group, long first, long count, V1.Gap gap) =>
        Raise(at => new GapDeclared(at, group < 0 ? null : group, first, count, gap.Cause, gap.Note));

    public void OnConnected(bool again)
    {
        meter.OnConnected();
        Update(now => now with { Reconnects = now.Reconnects + (again ? 1 : 0) });
    }

    public void OnMessage(long bytes, bool isBlock, TimeSpan elapsed) => meter.OnAcknowledged(bytes, isBlock, elapsed);

    public void OnPending(long pendingBytes, int blockBytes)
    {
        meter.OnState(pendingBytes, blockBytes);
        Update(now =>
            now with
            {
                PendingBytes = pendingBytes,
                MaxPendingBytes = Math.Max(now.MaxPendingBytes, pendingBytes),
                BlockBytes = blockBytes,
            }
        );
    }

    /// <summary>The stream is durable up to there; the host hears of it before anything else happens.</summary>
    public void OnDurable(long sample, long version, long? origin)
    {
        Update(now => now with { DurableSample = sample, Version = version, Origin = origin });
        options.OnProgress?.Invoke(Progress);
    }
}
