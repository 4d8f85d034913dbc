namespace Dendrite.Signals.Blocks.Fast;

/// <summary>Reads <see cref="ChannelEncoding.Escaped32"/>. Total: any bytes give samples or a typed error.</summary>
internal sealed class EscapedFrames32Decoder : ChannelDecoder
{
    public override bool Reads(SampleType type) => type is SampleType.Int24 or SampleType.Int32;

    public override bool CanTake(int payloadBytes, in BlockHeader header) => payloadBytes < header.ChannelBytes;

    public override void Decode(in ChannelSource source, Span<byte> samples)
    {
        if (source.Header.SampleType == SampleType.Int24)
        {
            Decode<Int24Layout>(source, samples);
        }
        else
        {
            Decode<Int32Layout>(source, samples);
        }
    }

    private static void Decode<TLayout>(in ChannelSource source, Span<byte> samples)
        where TLayout : struct, IWideLayout
    {
        int size = TLayout.Type.SizeBytes();
        var frames = new WideFrameReader(source.Payload, samples.Length / size);
        Span<int> frame = stackalloc int[FrameLayout.Samples];
        while (!samples.IsEmpty)
        {
            int count = frames.ReadFrame(frame);
            TLayout.Store(frame[..count], samples[..(count * size)]);
            samples = samples[(count * size)..];
        }
        frames.RequireEnd();
    }
}
