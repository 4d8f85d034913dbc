using Dendrite.ComparisonService.Sampling;
using Dendrite.Storage.Signals;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>
/// Reads a stream from its first block to its last, one window at a time. Holds a window and a half, and the block that
/// reaches beyond it.
/// </summary>
internal sealed class StreamFrames : IAsyncDisposable
{
    private readonly MeasuredStream stream;
    private readonly int windowSize;
    private readonly IAsyncEnumerator<StoredBlock> blocks;
    private readonly Dictionary<int, Group> groups;
    private readonly (Group Group, int Place)[] channels;
    private readonly List<(Group Group, DecodedPart Part)> reaching = [];
    private StoredBlock? next;
    private bool isOpen;

    /// <param name="firstWindow">The window that is read first: 0, or where an earlier attempt stopped.</param>
    public StreamFrames(
        BlockStore store,
        MeasuredStream stream,
        int windowSize,
        long firstWindow,
        CancellationToken cancellation
    )
    {
        this.stream = stream;
        this.windowSize = windowSize;
        groups = stream
            .Channels.GroupBy(channel => stream.Descriptor.Channels[channel].ChannelGroup)
            .ToDictionary(group => group.Key, group => new Group(stream.Descriptor, group.Key, [.. group], windowSize));
        channels =
        [
            .. stream.Channels.Select(channel =>
            {
                var group = groups[stream.Descriptor.Channels[channel].ChannelGroup];
                return (group, Array.IndexOf(group.Channels, channel));
            }),
        ];
        var start = Math.Max(0, (firstWindow * windowSize) - (windowSize / 2));
        blocks = store
            .ReadAsync(
                stream.Project,
                stream.Snapshot,
                stream.Stream.StreamId,
                groups.Keys,
                new(start, Math.Max(start, stream.SampleCount)),
                cancellation
            )
            .GetAsyncEnumerator(cancellation);
    }

    /// <summary>Bytes of what a stream's frames hold.</summary>
    public static long FrameBytes(MeasuredStream stream, int windowSize) =>
        stream.Channels.Sum(channel =>
            GroupFrame.FrameBytes(stream.Descriptor.Channels[channel].SampleType, 1, windowSize)
        );

    /// <summary>Goes on to a window; windows are asked for in order.</summary>
    public async Task MoveToAsync(long window)
    {
        var (start, end) = (window * windowSize, (window + 1) * windowSize);
        foreach (var group in groups.Values)
        {
            group.Frame.MoveTo(start);
        }

        foreach (var (group, part) in reaching)
        {
            group.Frame.Add(part);
        }

        reaching.RemoveAll(entry => entry.Part.Visible.End <= end);
        await OpenAsync();
        while (next is { } block && block.Visible.Start < end)
        {
            Take(block, end);
            await ReadNextAsync();
        }
    }

    /// <summary>The first sample that is there behind the window that was gone to last; null for none.</summary>
    public async Task<long?> FindNextAsync()
    {
        await OpenAsync();
        return reaching.Count > 0 ? reaching.Min(entry => entry.Part.Visible.Start) : next?.Visible.Start;
    }

    /// <summary>The values of a channel over the window and the half one before it; NaN where there is none.</summary>
    /// <param name="channel">Index into the stream's measured channels.</param>
    public void Read(int channel, Span<double> values) =>
        channels[channel].Group.Frame.Read(channels[channel].Place, values);

    /// <summary>How many samples of a window the recording has.</summary>
    public int LengthOf(long window) => (int)LengthOf(window, window + 1);

    /// <summary>How many samples of some windows the recording has.</summary>
    /// <param name="end">The window after the last one.</param>
    public long LengthOf(long window, long end) =>
        Math.Clamp(stream.SampleCount - (window * windowSize), 0, (end - window) * windowSize);

    public ValueTask DisposeAsync() => blocks.DisposeAsync();

    private async Task OpenAsync()
    {
        if (!isOpen)
        {
            isOpen = true;
            await ReadNextAsync();
        }
    }

    private async Task ReadNextAsync() => next = await blocks.MoveNextAsync() ? blocks.Current : null;

    private void Take(StoredBlock block, long end)
    {
        var group = groups[block.ChannelGroup];
        var part = group.Decode(block);
        group.Frame.Add(part);
        if (part.Visible.End > end)
        {
            reaching.Add((group, part));
        }
    }

    /// <summary>The measured channels of one group, and what was decoded of it last.</summary>
    private sealed class Group
    {
        private readonly int[] places;
        private readonly string[] labels;
        private byte[] payload = [];
        private byte[] samples = [];
        private int channelBytes;

        public Group(SignalStreamDescriptor descriptor, int index, int[] channels, int windowSize)
        {
            Channels = channels;
            var group = descriptor.Groups[index];
            places = [.. channels.Select(channel => group.Channels.ToList().IndexOf(channel))];
            labels = [.. channels.Select(channel => descriptor.Channels[channel].Label)];
            Frame = new(group.SampleType, [.. channels.Select(channel => descriptor.Channels[channel])], windowSize);
        }

        public int[] Channels { get; }

        public GroupFrame Frame { get; }

        public DecodedPart Decode(StoredBlock block)
        {
            // Blocks that were gathered share a payload and follow each other.
            if (!ReferenceEquals(payload, block.Payload))
            {
                (payload, samples) = (block.Payload, BlockSamples.Decode(block, places, out channelBytes));
            }

            var hidden = block.ChannelMasks.SelectMany(mask =>
                labels
                    .Index()
                    .Where(label => mask.Channels.Contains(label.Item))
                    .Select(label => (mask.Range, label.Index))
            );
            return new(samples, channelBytes, block.PayloadStart, block.Visible, [.. hidden]);
        }
    }
}
