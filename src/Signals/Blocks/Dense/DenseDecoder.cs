using System.Runtime.InteropServices;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>Reads <see cref="ChannelEncoding.Dense16"/> and <see cref="ChannelEncoding.DenseAcross16"/>.</summary>
internal sealed class DenseDecoder(bool across) : ChannelDecoder
{
    public override bool UsesEarlierChannels => across;

    public override int FirstNeeded(int channel) => DenseLayout.FirstOfGroup(channel);

    public override bool Reads(SampleType type) => type == SampleType.Int16;

    public override bool CanTake(int payloadBytes, in BlockHeader header) => payloadBytes < header.ChannelBytes;

    public override void Decode(in ChannelSource source, Span<byte> samples) =>
        DenseNumbers.Decode(source, source.Payload, across, MemoryMarshal.Cast<byte, short>(samples));
}
