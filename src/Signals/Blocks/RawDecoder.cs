namespace Dendrite.Signals.Blocks;

/// <summary>Reads <see cref="ChannelEncoding.Raw"/>: the samples themselves.</summary>
internal sealed class RawDecoder : ChannelDecoder
{
    public override bool Reads(SampleType type) => true;

    public override bool CanTake(int payloadBytes, in BlockHeader header) => payloadBytes == header.ChannelBytes;

    public override void Decode(in ChannelSource source, Span<byte> samples) => source.Payload.CopyTo(samples);
}
