using System.Buffers.Binary;
using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>
/// The stored samples of one channel group over a window and the half window before it, as they were stored: as numbers
/// of eight bytes a thousand channels at 30 kHz would take four times the memory. Written by one thread, then read by
/// many.
/// </summary>
/// <param name="type">Of the group.</param>
/// <param name="channels">The channels that are wanted, in the order of the group's places.</param>
/// <param name="windowSize">In samples, even.</param>
internal sealed class GroupFrame(SampleType type, IReadOnlyList<SignalChannel> channels, int windowSize)
{
    private readonly int frameSize = windowSize * 3 / 2;
    private readonly byte[] stored = new byte[FrameBytes(type, channels.Count, windowSize)];
    private readonly List<SampleRange> present = [];
    private readonly List<(SampleRange Range, int Place)> hidden = [];

    /// <summary>Index of the frame's first sample; before 0 for the first window.</summary>
    private long start = -(windowSize / 2);

    public static long FrameBytes(SampleType type, int channels, int windowSize) =>
        (long)windowSize * 3 / 2 * channels * type.SizeBytes();

    private SampleRange Range => new(start, start + frameSize);

    /// <summary>Goes on to a window. What of it was there stays.</summary>
    /// <param name="window">Its first sample; the next one's, or with nothing in the frame any.</param>
    public void MoveTo(long window)
    {
        var size = type.SizeBytes();
        var shift = window - (windowSize / 2) - start;
        if (shift > 0 && shift < frameSize)
        {
            for (var place = 0; place < channels.Count; place++)
            {
                var row = stored.AsSpan(place * frameSize * size, frameSize * size);
                row[(int)(shift * size)..].CopyTo(row);
            }
        }

        start += shift;
        present.RemoveAll(range => range.End <= start);
        hidden.RemoveAll(run => run.Range.End <= start);
    }

    /// <summary>Takes what of a run of samples lies in the frame.</summary>
    public void Add(DecodedPart part)
    {
        var range = part.Visible.Intersect(Range);
        if (range.IsEmpty)
        {
            return;
        }

        var size = type.SizeBytes();
        var bytes = (int)(range.Count * size);
        for (var place = 0; place < channels.Count; place++)
        {
            var from = (place * part.ChannelBytes) + (int)((range.Start - part.FirstSample) * size);
            var to = ((place * frameSize) + (int)(range.Start - start)) * size;
            part.Samples.AsSpan(from, bytes).CopyTo(stored.AsSpan(to, bytes));
        }

        present.Add(range);
        hidden.AddRange(
            part.Hidden.Select(run => (run.Range.Intersect(range), run.Place)).Where(run => !run.Item1.IsEmpty)
        );
    }

    /// <summary>The physical values of one channel, NaN where there is none.</summary>
    /// <param name="place">Index into the wanted channels.</param>
    /// <param name="values">One and a half windows.</param>
    public void Read(int place, Span<double> values)
    {
        values.Fill(double.NaN);
        var size = type.SizeBytes();
        var row = stored.AsSpan(place * frameSize * size, frameSize * size);
        foreach (var range in present.Select(range => range.Intersect(Range)).Where(range => !range.IsEmpty))
        {
            var (at, count) = ((int)(range.Start - start), (int)range.Count);
            Convert(channels[place], row.Slice(at * size, count * size), values.Slice(at, count));
        }

        foreach (var (range, _) in hidden.Where(run => run.Place == place))
        {
            var masked = range.Intersect(Range);
            values.Slice((int)(masked.Start - start), (int)masked.Count).Fill(double.NaN);
        }
    }

    private void Convert(SignalChannel channel, ReadOnlySpan<byte> samples, Span<double> values)
    {
        var (scale, offset) = (channel.Scale, channel.Offset);
        for (var i = 0; i < values.Length; i++)
        {
            var value = type switch
            {
                SampleType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(samples[(2 * i)..]),
                SampleType.Int24 => samples[3 * i] | (samples[(3 * i) + 1] << 8) | ((sbyte)samples[(3 * i) + 2] << 16),
                SampleType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(samples[(4 * i)..]),
                SampleType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(samples[(4 * i)..]),
                _ => BinaryPrimitives.ReadDoubleLittleEndian(samples[(8 * i)..]),
            };
            values[i] = (value * scale) + offset;
        }
    }
}

/// <summary>A run of samples of a group, decoded.</summary>
/// <param name="Samples">Planar, the wanted channels, of the whole payload.</param>
/// <param name="ChannelBytes">Of one channel of it.</param>
/// <param name="FirstSample">Index of the payload's first sample.</param>
/// <param name="Visible">Which samples of it are to be seen.</param>
/// <param name="Hidden">Runs that masks hide of single channels, by place.</param>
internal sealed record DecodedPart(
    byte[] Samples,
    int ChannelBytes,
    long FirstSample,
    SampleRange Visible,
    IReadOnlyList<(SampleRange Range, int Place)> Hidden
);
