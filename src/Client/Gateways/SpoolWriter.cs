using Dendrite.Client.Spools;
using Google.Protobuf;

namespace Dendrite.Client.Gateways;

/// <summary>
/// Writes blocks and gaps to the spool, and where it takes no more, remembers what is missing and declares it as soon
/// as it does again. For one caller at a time.
/// </summary>
internal sealed class SpoolWriter(Spool spool, Outbox outbox, GatewayStatus status, TimeProvider time)
{
    /// <summary>How long a disk that refuses is left alone when nothing is left but to wait for it.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private static readonly ReadOnlyMemory<byte> BufferFull = new V1.Gap
    {
        Cause = V1.GapCause.Declared,
        Note = "The gateway's sample buffer was full.",
    }.ToByteArray();

    private readonly Dictionary<int, SpoolRecord> owed = [];

    public void Write(V1.SampleBlock block)
    {
        var record = new SpoolRecord(
            SpoolKind.Block,
            block.ChannelGroup,
            block.FirstSample,
            block.SampleCount,
            block.Payload.Memory
        );
        if (!PayDebts() || !spool.TryAppend(record))
        {
            Owe(record);
        }

        Told();
    }

    /// <summary>Writes what is no block; it is not refused, unless the disk is.</summary>
    public void Write(in SpoolRecord record)
    {
        if ((!PayDebts() || !spool.TryAppend(record)) && record.HoldsSamples)
        {
            Owe(record);
        }

        if (record.Kind == SpoolKind.Gap)
        {
            var gap = V1.Gap.Parser.ParseFrom(record.Payload.Span);
            status.OnGap(record.Group, record.First, record.Count, gap);
        }

        Told();
    }

    /// <summary>Declares samples that the sample buffer refused.</summary>
    public void WriteRefused(int group, long first, long count)
    {
        status.OnLost(count);
        Write(SpoolRecord.OfGap(group, first, first + count, BufferFull));
    }

    /// <summary>
    /// Declares what is owed, however long the disk takes nothing: nothing is complete before it says what it lacks.
    /// </summary>
    /// <param name="cancellation">Ends the waiting; what is still owed is declared nowhere.</param>
    public async Task CompleteAsync(CancellationToken cancellation)
    {
        while (!PayDebts())
        {
            await Task.Delay(Pause, time, cancellation);
        }

        Told();
    }

    /// <summary>Samples that the spool did not take: they are lost, and their gap is owed.</summary>
    private void Owe(in SpoolRecord record)
    {
        if (record.Kind == SpoolKind.Block)
        {
            status.OnDropped(record.Group, record.First, record.End);
        }

        var first = owed.TryGetValue(record.Group, out var open) ? open.First : record.First;
        owed[record.Group] = SpoolRecord.OfGap(record.Group, first, record.End, SegmentThinner.OverflowGap);
    }

    private bool PayDebts()
    {
        foreach (var (group, gap) in owed)
        {
            if (!spool.TryAppend(gap))
            {
                return false;
            }

            owed.Remove(group);
        }

        return true;
    }

    private void Told()
    {
        status.OnSpooled(spool.GroupEnds.Min());
        outbox.Signal();
    }
}
