namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// Reads <see cref="ChannelEncoding.Split"/>: floats in two parts, see <see cref="SplitFloat"/>. Total: any bytes give
/// samples or a typed error.
/// </summary>
internal sealed class SplitDecoder : ChannelDecoder
{
    /// <summary>The power of the unit, the number of exceptions, the bytes of the frames.</summary>
    public const int HeadBytes = sizeof(short) + sizeof(int) + sizeof(int);

    private const int MostPower = 1023;

    public override bool Reads(SampleType type) => type is SampleType.Float32 or SampleType.Float64;

    public override bool CanTake(int payloadBytes, in BlockHeader header) => payloadBytes < header.ChannelBytes;

    public override void Decode(in ChannelSource source, Span<byte> samples)
    {
        if (source.Header.SampleType == SampleType.Float32)
        {
            Decode<Float32Layout>(source.Payload, samples);
        }
        else
        {
            Decode<Float64Layout>(source.Payload, samples);
        }
    }

    private static void Decode<TLayout>(ReadOnlySpan<byte> payload, Span<byte> samples)
        where TLayout : struct, IFloatLayout
    {
        int size = TLayout.Type.SizeBytes();
        int count = samples.Length / size;
        var head = new FrameReader(payload);
        var split = ReadUnit<TLayout>(ref head);
        int exceptionBytes = FloatExceptions.Bytes(head.ReadInt32(), count, size);
        int frameBytes = head.ReadInt32();
        var exceptions = head.Take(exceptionBytes);
        if (frameBytes < 0)
        {
            throw FrameReader.Malformed($"frames of {(uint)frameBytes} bytes");
        }
        var frames = new WideFrameReader(head.Take(frameBytes), count);
        var below = new BitReader(payload[(HeadBytes + exceptionBytes + frameBytes)..]);
        Span<int> frame = stackalloc int[FrameLayout.Samples];
        for (int start = 0; start < count; start += FrameLayout.Samples)
        {
            int read = frames.ReadFrame(frame);
            Join<TLayout>(frame[..read], split, ref below, samples[(start * size)..]);
        }
        frames.RequireEnd();
        head.Take((int)Math.Min(below.Length, int.MaxValue));
        head.RequireEnd();
        FloatExceptions.Put(exceptions, samples, size);
    }

    private static SplitFloat ReadUnit<TLayout>(ref FrameReader head)
        where TLayout : struct, IFloatLayout
    {
        int power = head.ReadInt16();
        if (power < TLayout.LeastPower || power > MostPower)
        {
            throw FrameReader.Malformed($"a unit of two to the power {power}");
        }
        return new(power, TLayout.MantissaBits, TLayout.LeastPower);
    }

    private static void Join<TLayout>(
        scoped ReadOnlySpan<int> integers,
        SplitFloat split,
        ref BitReader below,
        scoped Span<byte> samples
    )
        where TLayout : struct, IFloatLayout
    {
        var bits = below;
        for (int i = 0; i < integers.Length; i++)
        {
            int width = split.BitsBelow((uint)Math.Abs((long)integers[i]));
            TLayout.Put(samples, i, split.Join(integers[i], bits.Read(width), width));
        }
        below = bits;
    }
}
