using Dendrite.Signals.Blocks.Dense;
using Dendrite.Signals.Blocks.Fast;

namespace Dendrite.Signals.Blocks;

/// <summary>The decoder of each encoding: the one place that knows them all.</summary>
internal static class ChannelDecoders
{
    private static readonly ChannelDecoder?[] ByNumber = Build(
        new()
        {
            [ChannelEncoding.Raw] = new RawDecoder(),
            [ChannelEncoding.Constant] = new ConstantDecoder(),
            [ChannelEncoding.Frames16] = new PatchedFrames16Decoder(),
            [ChannelEncoding.Escaped16] = new EscapedFrames16Decoder(),
            [ChannelEncoding.Escaped32] = new EscapedFrames32Decoder(),
            [ChannelEncoding.Scaled] = new ScaledDecoder(),
            [ChannelEncoding.Split] = new SplitDecoder(),
            [ChannelEncoding.Dense16] = new DenseDecoder(across: false),
            [ChannelEncoding.DenseAcross16] = new DenseDecoder(across: true),
            [ChannelEncoding.DenseSums] = new DenseSumsDecoder(across: false),
            [ChannelEncoding.DenseSumsAcross] = new DenseSumsDecoder(across: true),
        }
    );

    /// <summary>The decoder, or null where the number has none for channels of this type.</summary>
    public static ChannelDecoder? Find(ChannelEncoding encoding, SampleType type) =>
        ByNumber[(byte)encoding] is { } decoder && decoder.Reads(type) ? decoder : null;

    /// <summary>The decoder of a channel whose directory entry was checked when the block was opened.</summary>
    public static ChannelDecoder Get(ChannelEncoding encoding) => ByNumber[(byte)encoding]!;

    private static ChannelDecoder?[] Build(Dictionary<ChannelEncoding, ChannelDecoder> decoders)
    {
        var table = new ChannelDecoder?[byte.MaxValue + 1];
        foreach (var (encoding, decoder) in decoders)
        {
            table[(byte)encoding] = decoder;
        }
        return table;
    }
}
