using System.Buffers;
using System.Runtime.InteropServices;
using Dendrite.Client.Appending;
using Dendrite.Client.Connection;
using Dendrite.Client.Spools;
using Dendrite.Signals.Blocks;
using Google.Protobuf;

namespace Dendrite.Client.Gateways;

/// <summary>
/// A device's way into a stream: give it samples, it does the rest. It needs no platform to begin with and none to go
/// on: samples are encoded, kept in a spool on disk, sent as blocks whose size adapts to the link, and forgotten when
/// they are durable, across breaks of the network and restarts of either side. Each sample arrives once, in order, or
/// is declared as a gap. For one writing caller at a time; the rest is thread-safe. See docs/gateway.md.
/// </summary>
/// <remarks>
/// Samples are counted by the gateway, from 0 at the first that its spool directory ever took. Where that lies in the
/// stream is decided when the stream is first reached: <see cref="GatewayProgress.Origin"/>. In a new stream the two
/// counts are the same.
/// </remarks>
public sealed class SignalGateway : IAsyncDisposable
{
    private readonly ChannelGroupShape[] groups;
    private readonly long[] next;
    private readonly SampleBuffer buffer;
    private readonly GatewayParts parts;
    private readonly GatewayStatus status;
    private readonly GatewayEvents events;
    private readonly EventChecks checks;
    private readonly GatewaySender sender;
    private readonly CancellationTokenSource stop = new();

    /// <summary>Nobody waits for the disk any more.</summary>
    private readonly CancellationTokenSource leave = new();
    private readonly Task pumping;
    private readonly Task<V1.AppendClosed> sending;
    private bool closed;

    private SignalGateway(DendriteConnection connection, GatewayOptions options, GatewayParts parts)
    {
        var time = connection.Options.Time;
        this.parts = parts;
        groups = ChannelGroupShape.Of(options.Descriptor);
        next = parts.Spool.GroupEnds;
        events = new(options.OnEvent, time);
        checks = new(options.Descriptor);
        status = new(options, events);
        buffer = new(options.MaxBufferBytes, groups.Length);
        status.Update(now =>
            now with
            {
                NextSample = next[0],
                SpooledSample = next[0],
                BlockBytes = parts.Sizer.Bytes,
            }
        );
        GatewayWiring.Connect(parts, status, groups);
        sender = new(connection, options, new(connection, options, parts, status), parts.Outbox, status);
        var writer = new SpoolWriter(parts.Spool, parts.Outbox, status, time);
        var pump = new SamplePump(buffer, writer, parts.Sizer, new(groups, [.. next], options.MaxBlockAge), time);
        pumping = Task.Run(() => PumpAsync(pump));
        sending = Task.Run(() => sender.RunAsync(stop.Token));
        if (options.FlushInterval is { } interval)
        {
            _ = GatewayWiring.KeepAsync(parts, status, interval, time, stop.Token);
        }
    }

    /// <summary>Takes the spool directory and begins; does not wait for the platform.</summary>
    /// <exception cref="Errors.DendriteException">
    /// WriterActive: another gateway is at work in the directory. StreamLayoutMismatch: it is that of another stream.
    /// </exception>
    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    /// <exception cref="IOException">The directory cannot be used.</exception>
    internal static SignalGateway Start(DendriteConnection connection, GatewayOptions options)
    {
        options.Check();
        return new(connection, options, GatewayWiring.Open(options, connection.Options.Time));
    }

    /// <summary>
    /// Index of the next sample to write, by the gateway's count, of its slowest channel group: after a restart, where
    /// the device has to go on, or declare what it cannot give again as a gap.
    /// </summary>
    public long NextSample => next.Min();

    /// <summary>How far it is.</summary>
    public GatewayProgress Progress => status.Progress;

    /// <summary>Why the gateway gave up; null while it goes on.</summary>
    public Exception? Failure => (pumping.Exception ?? sending.Exception)?.InnerException;

    /// <summary>Index of the next sample to write in one channel group, by the gateway's count.</summary>
    public long NextSampleOf(int channelGroup) => next[channelGroup];

    /// <summary>
    /// Writes samples and waits for nothing: for the thread that reads the device. Copies them.
    /// </summary>
    /// <param name="channelGroup">Which group.</param>
    /// <param name="planar">Little-endian; all samples of the group's first channel, then equally many of the second,
    /// ...</param>
    /// <returns>
    /// Whether they were taken. If not, because the buffer is full or the gateway gave up, they count as lost, and are
    /// declared as a gap: go on with the samples after them.
    /// </returns>
    /// <exception cref="ArgumentException">Not a whole number of samples.</exception>
    public bool TryWrite(int channelGroup, ReadOnlySpan<byte> planar)
    {
        var samples = CountSamples(channelGroup, planar.Length);
        var taken = !sending.IsCompleted && buffer.TryAdd(channelGroup, planar);
        if (!taken)
        {
            buffer.Refuse(channelGroup, samples);
        }

        next[channelGroup] += samples;
        status.OnTaken(NextSample, taken ? samples : 0);
        return taken;
    }

    /// <inheritdoc cref="TryWrite(int, ReadOnlySpan{byte})"/>
    /// <summary>Writes int16 samples of the first channel group and waits for nothing.</summary>
    public bool TryWrite(ReadOnlySpan<short> planar) => TryWrite(0, MemoryMarshal.AsBytes(planar));

    /// <summary>
    /// Writes int16 samples as devices deliver them, all channels of one instant, then of the next; waits for nothing.
    /// </summary>
    /// <inheritdoc cref="TryWrite(int, ReadOnlySpan{byte})"/>
    public bool TryWriteInterleaved(ReadOnlySpan<short> interleaved)
    {
        var planar = ArrayPool<short>.Shared.Rent(interleaved.Length);
        try
        {
            var samples = planar.AsSpan(0, interleaved.Length);
            Planar.FromInterleaved(interleaved, groups[0].ChannelCount, samples);
            return TryWrite(samples);
        }
        finally
        {
            ArrayPool<short>.Shared.Return(planar);
        }
    }

    /// <summary>Writes samples, and waits for room where there is none: for sources that can wait.</summary>
    /// <inheritdoc cref="TryWrite(int, ReadOnlySpan{byte})"/>
    /// <exception cref="Errors.DendriteException">The gateway gave up.</exception>
    public async Task WriteAsync(int channelGroup, ReadOnlyMemory<byte> planar, CancellationToken cancellation)
    {
        var samples = CountSamples(channelGroup, planar.Length);
        while (true)
        {
            if (pumping.IsFaulted || sending.IsCanceled)
            {
                // A pump that fails ends the sending too, and is the reason.
                await pumping;
            }

            if (sending.IsCompleted)
            {
                await sending;
            }

            if (buffer.TryAdd(channelGroup, planar.Span))
            {
                break;
            }

            // A buffer that was completed meanwhile has room, and takes nothing.
            RequireOpen();
            await WhilePumpingAsync(buffer.WaitForRoomAsync(cancellation));
        }

        next[channelGroup] += samples;
        status.OnTaken(NextSample, samples);
    }

    /// <summary>Writes int16 samples of the first channel group, and waits for room where there is none.</summary>
    public Task WriteAsync(ReadOnlyMemory<short> planar, CancellationToken cancellation) =>
        WriteAsync(0, MemoryMarshal.AsBytes(planar.Span).ToArray(), cancellation);

    /// <summary>Declares that the next samples of all groups are missing, and why. Waits for nothing.</summary>
    /// <exception cref="ArgumentException">
    /// Less than one sample, or a cause or note that no stream takes; the message names the field.
    /// </exception>
    /// <exception cref="InvalidOperationException">The groups stand at different samples.</exception>
    public void DeclareGap(long sampleCount, V1.GapCause cause, string note = "")
    {
        RequireOpen();
        var gap = EventChecks.RequireGap(sampleCount, next, cause, note);
        var start = next[0];
        buffer.Add(SpoolRecord.OfGap(SpoolRecord.AllGroups, start, start + sampleCount, gap.ToByteArray()));
        Array.Fill(next, start + sampleCount);
        status.OnTaken(NextSample, 0);
    }

    /// <summary>
    /// Writes annotations, placed by the gateway's count or by their onset. Those without an id get one from their
    /// content, so that sending them again adds none. Waits for nothing.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// One is such as the stream does not take, and none is written; the message names the field.
    /// </exception>
    public void Annotate(params IEnumerable<V1.Annotation> annotations)
    {
        RequireOpen();
        V1.Annotation[] all = [.. annotations];
        checks.Require(all);
        foreach (var batch in EventBatches.Cut(all))
        {
            Add(SpoolKind.Annotations, new V1.AppendAnnotations { Annotations = { batch } });
        }
    }

    /// <summary>
    /// Writes time anchors by ascending sample, placed by the gateway's count. Waits for nothing.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// One is such as the stream does not take, and none is written; the message names the field.
    /// </exception>
    public void Anchor(params IEnumerable<V1.TimeAnchor> anchors)
    {
        RequireOpen();
        V1.TimeAnchor[] all = [.. anchors];
        EventChecks.Require(all);
        foreach (var batch in EventBatches.Cut(all))
        {
            Add(SpoolKind.TimeAnchors, new V1.AppendTimeAnchors { Anchors = { batch } });
        }
    }

    /// <summary>Ends when everything written so far is in the spool; blocks are cut short for it.</summary>
    /// <exception cref="Exception">That of <see cref="Failure"/>: nothing is spooled any more.</exception>
    public Task FlushAsync(CancellationToken cancellation) =>
        WhilePumpingAsync(buffer.ReachAsync()).WaitAsync(cancellation);

    /// <summary>
    /// Takes no more samples, and returns when everything is durable, however long the platform is away. What a full
    /// disk cost is declared before that, as soon as the disk takes it.
    /// </summary>
    /// <param name="finish">Whether the recording is complete: the stream then takes no more samples.</param>
    /// <param name="cancellation">Stops the waiting; the spool keeps what is not durable.</param>
    /// <exception cref="Errors.DendriteException">The platform refused something, for good.</exception>
    public async Task<V1.AppendClosed> CompleteAsync(bool finish, CancellationToken cancellation)
    {
        closed = true;
        sender.Finish = finish;
        buffer.Complete();
        // A gateway that gave up says so, and waits for no disk.
        if (await Task.WhenAny(pumping, sending).WaitAsync(cancellation) == pumping || sending.IsCanceled)
        {
            await pumping.WaitAsync(cancellation);
            parts.Outbox.Complete();
        }

        return await sending.WaitAsync(cancellation);
    }

    /// <summary>
    /// Ends at once, without waiting for the platform, nor for a disk that is full: what was spooled and is not durable
    /// stays in the spool, for the next gateway on it, which goes on counting where the spool ends.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (leave.IsCancellationRequested)
        {
            // The spool may be another gateway's by now.
            return;
        }

        closed = true;
        buffer.Complete();
        await leave.CancelAsync();
        await pumping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await stop.CancelAsync();
        await ((Task)sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await events.CompleteAsync();
        try
        {
            parts.Spool.Flush();
        }
        finally
        {
            parts.Spool.Dispose();
        }
    }

    private void Add(SpoolKind kind, IMessage message) =>
        buffer.Add(new SpoolRecord(kind, SpoolRecord.AllGroups, NextSample, 0, message.ToByteArray()));

    /// <summary>A pump that fails is a defect, or a disk that is gone: the gateway says so and takes no more.</summary>
    private async Task PumpAsync(SamplePump pump)
    {
        try
        {
            await pump.RunAsync(leave.Token);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !leave.IsCancellationRequested)
        {
            status.Become(GatewayState.Failed);
            status.Raise(at => new Failed(at, failure));
            await stop.CancelAsync();
            throw;
        }
    }

    /// <summary>What the pump is waited for does not come when it has failed.</summary>
    private async Task WhilePumpingAsync(Task wait)
    {
        if (await Task.WhenAny(wait, pumping) == pumping)
        {
            await pumping;
        }

        await wait;
    }

    private void RequireOpen() => ObjectDisposedException.ThrowIf(closed, this);

    private int CountSamples(int channelGroup, int bytes)
    {
        RequireOpen();
        var group = groups[channelGroup];
        return bytes % group.InstantBytes == 0
            ? bytes / group.InstantBytes
            : throw new ArgumentException(
                $"{bytes} bytes are not a whole number of samples for {group.ChannelCount} channels of {group.Type}."
            );
    }
}
