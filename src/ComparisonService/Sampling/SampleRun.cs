using System.Buffers.Binary;
using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;

namespace Dendrite.ComparisonService.Sampling;

/// <summary>What is seen of one block, decoded: some channels of one group over one run of samples.</summary>
internal sealed class SampleRun
{
    private readonly SampleType type;
    private readonly byte[] samples;
    private readonly int channelBytes;
    private readonly long firstSample;
    private readonly IReadOnlyList<SignalChannel> described;
    private readonly IReadOnlyList<SampleMask> masks;

    /// <param name="samples">Planar, of the whole payload; the wanted channels only.</param>
    public SampleRun(StoredBlock block, SampleRange range, SampledGroup group, byte[] samples, int channelBytes)
    {
        Range = range;
        Channels = group.Channels;
        type = group.Type;
        described = group.Described;
        masks = block.ChannelMasks;
        firstSample = block.PayloadStart;
        this.samples = samples;
        this.channelBytes = channelBytes;
    }

    public SampleRange Range { get; }

    /// <summary>Indexes into the stream's channels.</summary>
    public IReadOnlyList<int> Channels { get; }

    /// <summary>The values of a channel as they were stored, exact in binary64; NaN where a mask hides them.</summary>
    /// <param name="place">Index into <see cref="Channels"/>.</param>
    /// <param name="values">As many as the run has.</param>
    public void ReadStored(int place, Span<double> values)
    {
        var size = type.SizeBytes();
        var row = samples.AsSpan((place * channelBytes) + (int)((Range.Start - firstSample) * size));
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Read(row[(i * size)..]);
        }

        foreach (var mask in masks.Where(mask => mask.Channels.Contains(described[place].Label)))
        {
            var hidden = mask.Range.Intersect(Range);
            if (!hidden.IsEmpty)
            {
                values.Slice((int)(hidden.Start - Range.Start), (int)hidden.Count).Fill(double.NaN);
            }
        }
    }

    /// <summary>The same in the channel's unit.</summary>
    public void ReadPhysical(int place, Span<double> values)
    {
        ReadStored(place, values);
        var (scale, offset) = (described[place].Scale, described[place].Offset);
        foreach (ref var value in values)
        {
            value = (value * scale) + offset;
        }
    }

    private double Read(ReadOnlySpan<byte> sample) =>
        type switch
        {
            SampleType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(sample),
            SampleType.Int24 => sample[0] | (sample[1] << 8) | ((sbyte)sample[2] << 16),
            SampleType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(sample),
            SampleType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(sample),
            _ => BinaryPrimitives.ReadDoubleLittleEndian(sample),
        };
}

/// <summary>Some channels of one group of a stream.</summary>
/// <param name="Channels">Indexes into the stream's channels, ascending.</param>
/// <param name="Places">Where each lies in the group's blocks.</param>
/// <param name="Described">Each of them.</param>
internal sealed record SampledGroup(
    SampleType Type,
    int[] Channels,
    int[] Places,
    IReadOnlyList<SignalChannel> Described
)
{
    /// <summary>The groups of a choice of channels, by their numbers.</summary>
    public static Dictionary<int, SampledGroup> Of(SignalStreamDescriptor stream, IEnumerable<int> channels) =>
        channels
            .Order()
            .GroupBy(channel => stream.Channels[channel].ChannelGroup)
            .ToDictionary(
                group => group.Key,
                group =>
                {
                    var (type, all) = stream.Groups[group.Key];
                    int[] chosen = [.. group];
                    int[] places = [.. chosen.Select(channel => all.ToList().IndexOf(channel))];
                    return new SampledGroup(type, chosen, places, [.. chosen.Select(one => stream.Channels[one])]);
                }
            );
}
