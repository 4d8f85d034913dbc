using System.Buffers;
using System.Threading.Channels;
using Dendrite.Client.Spools;

namespace Dendrite.Client.Gateways;

/// <summary>What waits between the sampling thread and the encoder.</summary>
/// <param name="Group">Of the samples, or of those that are missing.</param>
internal readonly record struct BufferedItem(int Group)
{
    /// <summary>Planar samples in rented memory; null for everything else.</summary>
    public byte[]? Samples { get; init; }

    /// <summary>Bytes of <see cref="Samples"/> that count.</summary>
    public int Length { get; init; }

    /// <summary>Samples that were refused before this moment, for want of room.</summary>
    public long Refused { get; init; }

    /// <summary>A record that goes to the spool as it is, behind all samples before it.</summary>
    public SpoolRecord? Record { get; init; }

    /// <summary>Set when everything before it is in the spool.</summary>
    public TaskCompletionSource? Reached { get; init; }
}

/// <summary>
/// Between the sampling thread and the encoder: bounded by bytes, and adding waits for nothing, no lock that is held
/// over I/O and no I/O. One adder and one reader at a time.
/// </summary>
/// <param name="maxBytes">Samples that may wait; a larger run is taken when nothing else does.</param>
/// <param name="groupCount">Channel groups of the stream.</param>
internal sealed class SampleBuffer(int maxBytes, int groupCount)
{
    private readonly Channel<BufferedItem> items = Channel.CreateUnbounded<BufferedItem>(new() { SingleReader = true });
    private readonly long[] refused = new long[groupCount];

    /// <summary>Held to tell what was refused and to complete the buffer, which another thread may do.</summary>
    private readonly Lock telling = new();
    private TaskCompletionSource? room;
    private long bytes;

    /// <summary>Copies samples, if there is room for them and the buffer is not completed.</summary>
    public bool TryAdd(int group, ReadOnlySpan<byte> planar)
    {
        var waiting = Volatile.Read(ref bytes);
        if (waiting > 0 && waiting + planar.Length > maxBytes)
        {
            return false;
        }

        TellRefused();
        var copy = ArrayPool<byte>.Shared.Rent(planar.Length);
        planar.CopyTo(copy);
        Interlocked.Add(ref bytes, planar.Length);
        var item = new BufferedItem(group) { Samples = copy, Length = planar.Length };
        if (!items.Writer.TryWrite(item))
        {
            Return(item);
            return false;
        }

        return true;
    }

    /// <summary>Notes samples that were not taken; the next thing that is taken comes behind a gap.</summary>
    public void Refuse(int group, long sampleCount)
    {
        lock (telling)
        {
            refused[group] += sampleCount;
        }
    }

    /// <summary>Adds what is no sample. Always taken.</summary>
    public void Add(SpoolRecord record)
    {
        TellRefused();
        Add(new BufferedItem(record.Group) { Record = record });
    }

    /// <summary>Ends when everything added before is in the spool.</summary>
    public Task ReachAsync()
    {
        TellRefused();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!items.Writer.TryWrite(new(0) { Reached = reached }))
        {
            reached.SetResult();
        }

        return reached.Task;
    }

    /// <summary>Nothing will be added any more.</summary>
    public void Complete()
    {
        lock (telling)
        {
            TellRefused();
            items.Writer.TryComplete();
        }
    }

    /// <summary>Ends when some room has come; try again then.</summary>
    public async Task WaitForRoomAsync(CancellationToken cancellation)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref room, waiter);
        // The room may have come before the waiter stood there.
        if (Interlocked.Read(ref bytes) > 0)
        {
            await waiter.Task.WaitAsync(cancellation);
        }
    }

    /// <summary>True when there is something to take, false when nothing will come.</summary>
    public ValueTask<bool> WaitToTakeAsync() => items.Reader.WaitToReadAsync();

    public bool TryTake(out BufferedItem item) => items.Reader.TryRead(out item);

    /// <summary>The samples of an item were used.</summary>
    public void Return(in BufferedItem item)
    {
        ArrayPool<byte>.Shared.Return(item.Samples!);
        Interlocked.Add(ref bytes, -item.Length);
        Interlocked.Exchange(ref room, null)?.TrySetResult();
    }

    private void TellRefused()
    {
        lock (telling)
        {
            for (var group = 0; group < refused.Length; group++)
            {
                if (refused[group] > 0)
                {
                    Add(new BufferedItem(group) { Refused = refused[group] });
                    refused[group] = 0;
                }
            }
        }
    }

    private void Add(in BufferedItem item) => items.Writer.TryWrite(item);
}
