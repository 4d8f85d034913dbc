using Dendrite.Client.Appending;
using Dendrite.Client.Spools;

namespace Dendrite.Client.Gateways;

/// <summary>
/// Takes samples from the buffer, makes blocks of them by size and age, and writes these to the spool. The only one who
/// does; ends when the buffer is completed and empty, and all that it took is in the spool or declared there.
/// </summary>
internal sealed class SamplePump(
    SampleBuffer buffer,
    SpoolWriter writer,
    BlockSizer sizer,
    PumpOptions options,
    TimeProvider time
)
{
    private readonly BlockBuilder[] builders =
    [
        .. options.Groups.Select(group => new BlockBuilder(
            group.Group,
            group.Type,
            group.ChannelCount,
            group.SamplesIn(sizer.Bytes),
            options.GroupStarts[group.Group]
        )),
    ];

    /// <summary>For each group, the timestamp of the first sample that is gathered.</summary>
    private readonly long[] since = new long[options.Groups.Count];
    private Task<bool>? waiting;

    /// <param name="cancellation">Ends the waiting for a disk that refuses, and nothing else.</param>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (await WaitAsync())
        {
            while (buffer.TryTake(out var item))
            {
                Process(item);
                FlushOld();
            }

            FlushOld();
        }

        FlushAll();
        await writer.CompleteAsync(cancellation);
    }

    /// <summary>Waits for samples, or until a block is old enough. False when all came.</summary>
    private async Task<bool> WaitAsync()
    {
        waiting ??= buffer.WaitToTakeAsync().AsTask();
        if (OldestSince() is { } oldest)
        {
            var left = options.MaxBlockAge - time.GetElapsedTime(oldest);
            try
            {
                await waiting.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
            }
            catch (TimeoutException)
            {
                return true;
            }
        }

        var more = await waiting;
        waiting = null;
        return more;
    }

    private void Process(in BufferedItem item)
    {
        if (item.Samples is not null)
        {
            Gather(item);
        }
        else if (item.Refused > 0)
        {
            var builder = builders[item.Group];
            Flush(builder);
            writer.WriteRefused(item.Group, builder.NextSample, item.Refused);
            builder.SkipTo(builder.NextSample + item.Refused);
        }
        else if (item.Record is { } record)
        {
            FlushAll();
            writer.Write(record);
            if (record.Kind == SpoolKind.Gap)
            {
                Array.ForEach(builders, builder => builder.SkipTo(record.End));
            }
        }
        else
        {
            FlushAll();
            item.Reached!.TrySetResult();
        }
    }

    private void Gather(in BufferedItem item)
    {
        var builder = builders[item.Group];
        var shape = options.Groups[item.Group];
        var samples = item.Length / shape.InstantBytes;
        for (var from = 0; from < samples; )
        {
            if (builder.Count == 0)
            {
                // Not since it came: where samples wait for the encoder, each piece would be old, and a block of its
                // own, and everything behind it the later for that.
                since[item.Group] = time.GetTimestamp();
                builder.Resize(shape.SamplesIn(sizer.Bytes));
            }

            if (builder.Take(item.Samples.AsSpan(0, item.Length), ref from) is { } block)
            {
                writer.Write(block);
            }
        }

        buffer.Return(item);
    }

    private void FlushOld()
    {
        foreach (var (group, builder) in builders.Index())
        {
            if (builder.Count > 0 && time.GetElapsedTime(since[group]) >= options.MaxBlockAge)
            {
                Flush(builder);
            }
        }
    }

    private void FlushAll() => Array.ForEach(builders, Flush);

    private void Flush(BlockBuilder builder)
    {
        if (builder.Flush() is { } block)
        {
            writer.Write(block);
        }
    }

    private long? OldestSince()
    {
        long? oldest = null;
        foreach (var (group, builder) in builders.Index())
        {
            if (builder.Count > 0 && !(since[group] >= oldest))
            {
                oldest = since[group];
            }
        }

        return oldest;
    }
}

/// <summary>What a pump needs to know.</summary>
/// <param name="Groups">The stream's channel groups.</param>
/// <param name="GroupStarts">For each, the index of its first sample to come.</param>
/// <param name="MaxBlockAge">When a block is old enough to be sent short.</param>
internal sealed record PumpOptions(
    IReadOnlyList<ChannelGroupShape> Groups,
    IReadOnlyList<long> GroupStarts,
    TimeSpan MaxBlockAge
);
