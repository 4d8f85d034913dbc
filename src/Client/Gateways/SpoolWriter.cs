using Dendrite.Client.Appending;
using Dendrite.Client.Spools;
using Dendrite.Errors;
using Google.Protobuf;

namespace Dendrite.Client.Gateways;

/// <summary>
/// Writes blocks, gaps and events to the spool, and where it takes no more, remembers what is missing and what was
/// noted, and writes that as soon as it does again. For one caller at a time.
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

    private static readonly DendriteException DiskFull = new(
        ErrorReason.QuotaExceeded,
        "The disk of the spool takes nothing, and no more is kept in memory until it does: give it room, and send "
            + "these again."
    );

    private readonly SpoolDebts debts = new();

    public void Write(V1.SampleBlock block)
    {
        var record = new SpoolRecord(
            SpoolKind.Block,
            block.ChannelGroup,
            block.FirstSample,
            block.SampleCount,
            block.Payload.Memory
        );
        if (!debts.Pay(spool) || !spool.TryAppend(record))
        {
            status.OnDropped(record.Group, record.First, record.End);
            debts.AddLost(record);
        }

        Told();
    }

    /// <summary>Writes what is no block; it is not refused, unless the disk is.</summary>
    public void Write(in SpoolRecord record)
    {
        if (!debts.Pay(spool) || !spool.TryAppend(record))
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
    /// <param name="cancellation">
    /// Ends the waiting; what is still owed is declared nowhere, and events that are owed are told to the host.
    /// </param>
    public async Task CompleteAsync(CancellationToken cancellation)
    {
        try
        {
            while (!debts.Pay(spool))
            {
                await Task.Delay(Pause, time, cancellation);
            }
        }
        finally
        {
            // In one: a host that is slow is kept no more than the newest events.
            SetAside([.. debts.TakeEvents()]);
        }

        Told();
    }

    /// <summary>Owes what is no block.</summary>
    private void Owe(in SpoolRecord record)
    {
        // Samples that the buffer refused are lost for want of room, wherever it was missing.
        if (record.Group == SpoolRecord.AllGroups && debts.TryAdd(record))
        {
            return;
        }

        if (record.HoldsSamples)
        {
            debts.AddLost(record);
        }
        else
        {
            SetAside([record]);
        }
    }

    /// <summary>Tells the host of events that are written nowhere.</summary>
    private void SetAside(IReadOnlyList<SpoolRecord> records)
    {
        if (records.Count == 0)
        {
            return;
        }

        var notes = records.Where(record => record.Kind == SpoolKind.Annotations);
        var anchors = records.Where(record => record.Kind == SpoolKind.TimeAnchors);
        status.Raise(at => new SetAside(
            at,
            [.. notes.SelectMany(record => EventChecks.ReadSpooled(record.Payload).Annotations)],
            [.. anchors.SelectMany(record => V1.AppendTimeAnchors.Parser.ParseFrom(record.Payload.Span).Anchors)],
            DiskFull
        ));
    }

    private void Told()
    {
        status.OnSpooled(spool.GroupEnds.Min());
        outbox.Signal();
    }
}
