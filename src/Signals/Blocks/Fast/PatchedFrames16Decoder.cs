using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// Reads <see cref="ChannelEncoding.Frames16"/>, which gateways may still send and databases hold. Total: any bytes
/// give samples or a typed error.
/// </summary>
internal sealed class PatchedFrames16Decoder : ChannelDecoder
{
    public override bool Reads(SampleType type) => type == SampleType.Int16;

    public override bool CanTake(int payloadBytes, in BlockHeader header) => payloadBytes < header.ChannelBytes;

    public override void Decode(in ChannelSource source, Span<byte> samples) =>
        Decode(source.Payload, MemoryMarshal.Cast<byte, short>(samples));

    private static void Decode(ReadOnlySpan<byte> payload, Span<short> samples)
    {
        var frames = new FrameReader(payload);
        var integrator = default(Integrator16);
        Span<short> last = stackalloc short[FrameLayout.Samples];
        while (samples.Length >= FrameLayout.Samples)
        {
            ReadFrame(ref frames, FrameLayout.Samples, ref integrator, samples);
            samples = samples[FrameLayout.Samples..];
        }
        if (!samples.IsEmpty)
        {
            ReadFrame(ref frames, samples.Length, ref integrator, last);
            last[..samples.Length].CopyTo(samples);
        }
        frames.RequireEnd();
    }

    private static void ReadFrame(
        ref FrameReader frames,
        int count,
        ref Integrator16 integrator,
        scoped Span<short> samples
    )
    {
        Span<ushort> residuals = stackalloc ushort[FrameLayout.Samples];
        var opening = frames.Take(2);
        var (order, width) = FrameLayout.UnpackHead(opening[0]);
        int exceptions = opening[1];
        if (order > FrameLayout.MaxOrder || width > FrameLayout.WordBits || exceptions > count)
        {
            throw FrameReader.Malformed(
                $"a frame of order {order}, width {width} and {exceptions} exceptions for {count} samples"
            );
        }
        short level = order == 0 ? frames.ReadInt16() : (short)0;
        frames.Unpack(MemoryMarshal.Cast<ushort, Vector128<ushort>>(residuals)[..FrameLayout.Rows(count)], width);
        Residuals16.Patch(frames.Take(exceptions * Residuals16.PatchBytes), width, residuals[..count]);
        integrator.Undo(residuals, order, level, samples);
    }
}
