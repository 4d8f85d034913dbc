namespace Dendrite.Signals.Blocks;

/// <summary>Reads <see cref="ChannelEncoding.Constant"/>: one sample for all.</summary>
internal sealed class ConstantDecoder : ChannelDecoder
{
    public override bool Reads(SampleType type) => true;

    public override bool CanTake(int payloadBytes, in BlockHeader header) =>
        payloadBytes == header.SampleType.SizeBytes();

    /// <summary>Fills by doubling what is already there.</summary>
    public override void Decode(in ChannelSource source, Span<byte> samples)
    {
        source.Payload.CopyTo(samples);
        for (int filled = source.Payload.Length; filled < samples.Length; filled *= 2)
        {
            samples[..Math.Min(filled, samples.Length - filled)].CopyTo(samples[filled..]);
        }
    }
}
