using System.Buffers;
using System.Runtime.InteropServices;
using Dendrite.Client.Connection;
using Dendrite.Signals.Blocks;

namespace Dendrite.Client.Appending;

/// <summary>
/// Appends samples to one stream, exactly once, whatever happens to the network and to the service in between. Give it
/// samples; it cuts and encodes blocks, keeps what is not acknowledged, and sends that again after a break, from where
/// the service says it stands. Writing waits while the window is full. For one writing caller at a time; never blocks
/// a thread.
/// </summary>
public sealed class SignalWriter : IAsyncDisposable
{
    private readonly SendWindow window;
    private readonly AppendLoop loop;
    private readonly CancellationTokenSource disposed = new();
    private readonly BlockBuilder[] builders;
    private readonly EventChecks checks;

    /// <summary>Blocks that are in no builder any more and not in the window yet.</summary>
    private readonly Queue<OutgoingMessage> waiting = [];
    private readonly Task running;
    private bool closed;

    private SignalWriter(SendWindow window, AppendLoop loop, V1.AppendOpened opened, WriterOptions options)
    {
        this.window = window;
        this.loop = loop;
        Opened = opened;
        builders = BuildGroups(options, opened);
        checks = new(options.Descriptor);
        loop.WrittenSample = () => builders.Min(builder => builder.NextSample);
        running = loop.RunAsync(disposed.Token);
    }

    /// <summary>Opens the stream, retrying while the platform is away.</summary>
    internal static async Task<SignalWriter> OpenAsync(
        DendriteConnection connection,
        WriterOptions options,
        CancellationToken cancellation
    )
    {
        var window = new SendWindow();
        var loop = new AppendLoop(connection, options, window);
        var opened = await loop.OpenAsync(cancellation);
        return new(window, loop, opened, options);
    }

    /// <summary>What the service answered when the stream was first opened.</summary>
    public V1.AppendOpened Opened { get; }

    /// <summary>Index of the next sample to write: where a recording that was broken off goes on.</summary>
    public long NextSample => builders.Min(builder => builder.NextSample);

    /// <summary>Index of the next sample to write in one channel group.</summary>
    public long NextSampleOf(int channelGroup) => builders[channelGroup].NextSample;

    public WriterProgress Progress => loop.Progress;

    /// <summary>Writes int16 samples of the first channel group.</summary>
    /// <param name="planar">All samples of channel 0, then equally many of channel 1, ...</param>
    /// <param name="cancellation">
    /// Stops the waiting; samples taken so far will be sent: go on from <see cref="NextSample"/>.
    /// </param>
    /// <exception cref="Errors.DendriteException">The platform refused what was written, for good.</exception>
    public Task WriteAsync(ReadOnlyMemory<short> planar, CancellationToken cancellation) =>
        TakeAsync(0, planar, cancellation);

    /// <summary>Writes samples of any type.</summary>
    /// <param name="channelGroup">Which group.</param>
    /// <param name="planar">Little-endian; all samples of the group's first channel, then equally many of the second,
    /// ...</param>
    /// <param name="cancellation">Stops the waiting; samples taken so far will be sent.</param>
    /// <exception cref="Errors.DendriteException">The platform refused what was written, for good.</exception>
    public Task WriteAsync(int channelGroup, ReadOnlyMemory<byte> planar, CancellationToken cancellation) =>
        TakeAsync(channelGroup, planar, cancellation);

    /// <summary>Writes int16 samples as devices deliver them: all channels of one instant, then of the next.</summary>
    public async Task WriteInterleavedAsync(ReadOnlyMemory<short> interleaved, CancellationToken cancellation)
    {
        var rented = ArrayPool<short>.Shared.Rent(interleaved.Length);
        try
        {
            var planar = rented.AsMemory(0, interleaved.Length);
            Planar.FromInterleaved(interleaved.Span, builders[0].ChannelCount, planar.Span);
            await TakeAsync<short>(0, planar, cancellation);
        }
        finally
        {
            ArrayPool<short>.Shared.Return(rented);
        }
    }

    /// <summary>Declares that the next samples of all groups are missing, and why.</summary>
    /// <exception cref="ArgumentException">
    /// Less than one sample, or a cause or note that no stream takes; the message names the field.
    /// </exception>
    /// <exception cref="InvalidOperationException">The groups stand at different samples.</exception>
    public async Task WriteGapAsync(long sampleCount, V1.GapCause cause, string note, CancellationToken cancellation)
    {
        RequireOpen();
        var next = Array.ConvertAll(builders, builder => builder.NextSample);
        var gap = EventChecks.RequireGap(sampleCount, next, cause, note);
        gap.Range = new() { StartSample = next[0], EndSample = next[0] + sampleCount };
        await FlushAsync(cancellation);
        await AddAsync(new() { Gap = gap }, cancellation);
        Array.ForEach(builders, builder => builder.SkipTo(gap.Range.EndSample));
    }

    /// <summary>
    /// Writes annotations. Those without an id get one from their content, so that sending them again adds none.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// One is such as the stream does not take, and none is written; the message names the field.
    /// </exception>
    public async Task WriteAnnotationsAsync(IEnumerable<V1.Annotation> annotations, CancellationToken cancellation)
    {
        RequireOpen();
        V1.Annotation[] all = [.. annotations];
        checks.Require(all);
        foreach (var batch in EventBatches.Cut(all))
        {
            await AddAsync(new() { Annotations = new() { Annotations = { batch } } }, cancellation);
        }
    }

    /// <summary>Writes time anchors by ascending sample.</summary>
    /// <exception cref="ArgumentException">
    /// One is such as the stream does not take, and none is written; the message names the field.
    /// </exception>
    public async Task WriteTimeAnchorsAsync(IEnumerable<V1.TimeAnchor> anchors, CancellationToken cancellation)
    {
        RequireOpen();
        V1.TimeAnchor[] all = [.. anchors];
        EventChecks.Require(all);
        foreach (var batch in EventBatches.Cut(all))
        {
            await AddAsync(new() { TimeAnchors = new() { Anchors = { batch } } }, cancellation);
        }
    }

    /// <summary>
    /// Sends what was gathered as shorter blocks. Does not wait until it is durable. Cancelled, it may be called again.
    /// </summary>
    public Task FlushAsync(CancellationToken cancellation)
    {
        RequireOpen();
        return FlushRestAsync(cancellation);
    }

    /// <summary>Sends the rest, and returns when everything is durable and the call has ended.</summary>
    /// <param name="finish">Whether the recording is complete: the stream then takes no more samples.</param>
    /// <param name="cancellation">Stops the waiting; what is durable stays so, and it may be called again.</param>
    /// <exception cref="Errors.DendriteException">The platform refused something, for good.</exception>
    public async Task<V1.AppendClosed> CompleteAsync(bool finish, CancellationToken cancellation)
    {
        await FlushRestAsync(cancellation);
        closed = true;
        loop.Finish = finish;
        window.Complete();
        await running.WaitAsync(cancellation);
        return loop.Closed!;
    }

    /// <summary>
    /// Ends the writing. What was not acknowledged may be lost; <see cref="CompleteAsync"/> first keeps it.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed.IsCancellationRequested)
        {
            return;
        }

        closed = true;
        await disposed.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        disposed.Dispose();
    }

    /// <summary>Cuts samples into blocks; each full one waits for its place in the window.</summary>
    /// <typeparam name="T">What the samples are handed over as; their bytes count.</typeparam>
    private async Task TakeAsync<T>(int channelGroup, ReadOnlyMemory<T> planar, CancellationToken cancellation)
        where T : unmanaged
    {
        RequireOpen();
        var builder = builders[channelGroup];
        var bytes = MemoryMarshal.AsBytes(planar.Span).Length;
        var (samples, rest) = Math.DivRem(bytes, builder.ChannelCount * builder.SampleType.SizeBytes());
        if (rest != 0)
        {
            throw new ArgumentException(
                $"{bytes} bytes are not a whole number of samples for {builder.ChannelCount} channels of "
                    + $"{builder.SampleType}.",
                nameof(planar)
            );
        }

        // Before anything is taken: else each write that is cancelled would make the queue longer.
        await AddWaitingAsync(cancellation);
        for (var from = 0; from < samples; )
        {
            if (builder.Take(MemoryMarshal.AsBytes(planar.Span), ref from) is { } block)
            {
                await AddBlockAsync(block, cancellation);
            }
        }
    }

    /// <summary>Also behind the end: whoever was cancelled while waiting for it may wait again.</summary>
    private async Task FlushRestAsync(CancellationToken cancellation)
    {
        await AddWaitingAsync(cancellation);
        foreach (var builder in builders)
        {
            if (builder.Flush() is { } block)
            {
                await AddBlockAsync(block, cancellation);
            }
        }
    }

    private void RequireOpen() => ObjectDisposedException.ThrowIf(closed, this);

    /// <summary>A block is in no builder any more: it is kept, also where the waiting is cancelled.</summary>
    private Task AddBlockAsync(V1.SampleBlock block, CancellationToken cancellation)
    {
        waiting.Enqueue(OutgoingMessage.OfBlock(block));
        return AddWaitingAsync(cancellation);
    }

    private async Task AddAsync(V1.AppendRequest request, CancellationToken cancellation)
    {
        await AddWaitingAsync(cancellation);
        await window.AddAsync(OutgoingMessage.Of(request), cancellation);
    }

    private async Task AddWaitingAsync(CancellationToken cancellation)
    {
        while (waiting.TryPeek(out var next))
        {
            await window.AddAsync(next, cancellation);
            waiting.Dequeue();
        }
    }

    private static BlockBuilder[] BuildGroups(WriterOptions options, V1.AppendOpened opened)
    {
        var groupEnds = GroupEnds.Of(opened, options.Descriptor);
        return options
            .Descriptor.Channels.GroupBy(channel => channel.ChannelGroup)
            .OrderBy(group => group.Key)
            .Select(group =>
            {
                var type = (SampleType)(byte)group.First().SampleType;
                var channels = group.Count();
                var bytes = Math.Min(WriterOptions.DefaultBlockBytes, BlockLimit.RawBytesOf(opened, channels));
                var instant = channels * type.SizeBytes();
                var samples = Math.Clamp(options.SamplesPerBlock ?? bytes / instant, 1, BlockLimit.SamplesOf(instant));
                return new BlockBuilder(group.Key, type, channels, samples, groupEnds[group.Key]);
            })
            .ToArray();
    }
}
