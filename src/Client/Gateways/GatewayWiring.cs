using Dendrite.Client.Spools;

namespace Dendrite.Client.Gateways;

/// <summary>Puts the parts of a gateway together.</summary>
internal static class GatewayWiring
{
    /// <summary>Takes the spool directory.</summary>
    public static GatewayParts Open(GatewayOptions options, TimeProvider time)
    {
        var groups = ChannelGroupShape.Of(options.Descriptor);
        var layout = ChannelGroupShape.Describe(options.Descriptor);
        var held = SpoolLock.Take(options.SpoolDirectory);
        try
        {
            // Before anything looks at the segments: those of another stream are not this gateway's to repair.
            var state = SpoolStateFile.Open(options.SpoolDirectory, options.Stream, layout);
            if (state.State.Epoch is null)
            {
                options.CheckNew();
            }

            var where = new SpoolOptions(options.SpoolDirectory, options.MaxSpoolBytes, groups.Length);
            var spool = Spool.Open(where, held, state.State.LastSession);
            state.CutAt(spool.GroupEnds);
            var sizer = new BlockSizer(options.MinBlockBytes, options.MaxBlockBytes, options.TargetAcknowledgement);
            return new(spool, state, new(spool, state, time), sizer);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Lets the parts tell what happens in them.</summary>
    public static void Connect(GatewayParts parts, GatewayStatus status, IReadOnlyList<ChannelGroupShape> groups)
    {
        var (spool, _, outbox, sizer) = parts;
        spool.Dropped = status.OnDropped;
        sizer.Changed = (from, to, cause) => status.Raise(at => new BlockSizeChanged(at, from, to, cause));
        outbox.Acknowledged = (sent, now, elapsed) =>
        {
            status.OnMessage(sent.Bytes, sent.SampleCount > 0, elapsed);
            if (sent.SampleCount > 0)
            {
                var rawBytes = (long)sent.SampleCount * groups[sent.ChannelGroup].InstantBytes;
                sizer.OnAcknowledged(rawBytes, sent.SentAt, now, elapsed);
            }
        };
        outbox.HoleFound = status.OnHole;
        var pending = outbox.PendingBytes;
        if (pending > SpoolRecord.HeaderBytes)
        {
            status.Raise(at => new SpoolRecovered(at, pending, spool.CutBytes));
        }
    }

    /// <summary>
    /// While the platform is away, the only copy is here: the disk is made to take it now and then. And where nothing
    /// comes any more, what the platform has of the last events is noted.
    /// </summary>
    public static async Task KeepAsync(
        GatewayParts parts,
        GatewayStatus status,
        TimeSpan interval,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        var spool = parts.Spool;
        using var timer = new PeriodicTimer(interval, time);
        var flushed = default(SpoolPosition);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                parts.Outbox.RememberEvents();
                if (status.Progress.State == GatewayState.Spooling && spool.End is var end && end != flushed)
                {
                    flushed = TryFlush(spool) ? end : flushed;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway ends, and flushes for the last time.
        }
    }

    /// <summary>False: the disk refused; the next round asks again.</summary>
    private static bool TryFlush(Spool spool)
    {
        try
        {
            spool.Flush();
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
