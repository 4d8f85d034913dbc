using System.Buffers;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// Reads <see cref="ChannelEncoding.DenseSums"/> and <see cref="ChannelEncoding.DenseSumsAcross"/>. Rents two bytes a
/// sample.
/// </summary>
internal sealed class DenseSumsDecoder(bool across) : ChannelDecoder
{
    public override bool UsesEarlierChannels => across;

    public override int FirstNeeded(int channel) => DenseLayout.FirstOfGroup(channel);

    public override bool Reads(SampleType type) => type is SampleType.Int24 or SampleType.Int32;

    public override bool CanTake(int payloadBytes, in BlockHeader header) => payloadBytes < header.ChannelBytes;

    public override void Decode(in ChannelSource source, Span<byte> samples)
    {
        int count = source.Header.SampleCount;
        var payload = source.Payload;
        int first = DenseLayout.ReadFirstSample(ref payload);
        var jumps = new JumpReader(payload, count);
        var skipped = jumps;
        while (skipped.TryRead(out _)) { }
        short[] rented = ArrayPool<short>.Shared.Rent(count);
        try
        {
            var numbers = rented.AsSpan(0, count);
            DenseNumbers.Decode(source, skipped.Rest, across, numbers);
            RunningSum.Add(source.Header.SampleType, first, jumps, numbers, samples);
        }
        finally
        {
            ArrayPool<short>.Shared.Return(rented);
        }
    }
}
