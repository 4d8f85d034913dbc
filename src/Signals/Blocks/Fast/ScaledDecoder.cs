using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// Reads <see cref="ChannelEncoding.Scaled"/>: floats that are integers times a scale. Total: any bytes give samples or
/// a typed error.
/// </summary>
internal sealed class ScaledDecoder : ChannelDecoder
{
    /// <summary>The operation, the factor, the number of exceptions.</summary>
    public const int HeadBytes = 1 + sizeof(double) + sizeof(int);

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
        var head = new FrameReader(payload);
        var scale = ReadScale(ref head);
        int exceptionBytes = FloatExceptions.Bytes(head.ReadInt32(), samples.Length / size, size);
        var exceptions = head.Take(exceptionBytes);
        var frames = new WideFrameReader(payload[(HeadBytes + exceptionBytes)..], samples.Length / size);
        Span<int> frame = stackalloc int[FrameLayout.Samples];
        Span<byte> last = stackalloc byte[FrameLayout.Samples * sizeof(double)];
        for (var rest = samples; !rest.IsEmpty; )
        {
            int bytes = frames.ReadFrame(frame) * size;
            bool whole = bytes == FrameLayout.Samples * size;
            Apply<TLayout>(frame, scale, whole ? rest : last);
            if (!whole)
            {
                last[..bytes].CopyTo(rest);
            }
            rest = rest[bytes..];
        }
        frames.RequireEnd();
        FloatExceptions.Put(exceptions, samples, size);
    }

    private static Scale ReadScale(ref FrameReader head)
    {
        byte operation = head.Take(1)[0];
        double factor = head.ReadDouble();
        if (operation > 1 || !double.IsFinite(factor) || factor <= 0)
        {
            throw FrameReader.Malformed($"integers scaled by operation {operation} with {factor}");
        }
        return new(factor, Divides: operation == 1);
    }

    private static void Apply<TLayout>(ReadOnlySpan<int> numbers, Scale scale, Span<byte> samples)
        where TLayout : struct, IFloatLayout
    {
        var four = MemoryMarshal.Cast<int, Vector128<int>>(numbers);
        for (int i = 0; i < four.Length; i++)
        {
            var (low, high) = Vector128.Widen(four[i]);
            var doubles = Vector256.ConvertToDouble(Vector256.Create(low, high));
            TLayout.PutFour(samples, i * Vector128<int>.Count, scale.Values(doubles));
        }
    }
}
