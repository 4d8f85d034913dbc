using System.Runtime.InteropServices;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>Reads <see cref="ChannelEncoding.Escaped16"/>. Total: any bytes give samples or a typed error.</summary>
internal sealed class EscapedFrames16Decoder : ChannelDecoder
{
    public override bool Reads(SampleType type) => type == SampleType.Int16;

    public override bool CanTake(int payloadBytes, in BlockHeader header) => payloadBytes < header.ChannelBytes;

    public override void Decode(in ChannelSource source, Span<byte> samples) =>
        Decode(source.Payload, MemoryMarshal.Cast<byte, short>(samples));

    private static void Decode(ReadOnlySpan<byte> payload, Span<short> samples)
    {
        var frames = new FrameReader(payload);
        var integrator = default(Integrator16);
        Span<ushort> residuals = stackalloc ushort[FrameLayout.Samples];
        while (!samples.IsEmpty)
        {
            ushort opening = frames.ReadHead();
            if (FrameHead.IsRun(opening))
            {
                int frameCount = FrameLayout.RunFrames(opening, samples.Length);
                int length = Math.Min(frameCount * FrameLayout.Samples, samples.Length);
                samples[..length].Fill(integrator.Last);
                integrator.Repeat();
                samples = samples[length..];
                continue;
            }
            var head = FrameHead.Unpack(opening);
            short level = head.Order == 0 ? frames.ReadInt16() : (short)0;
            int count = Math.Min(samples.Length, FrameLayout.Samples);
            Residuals16.Read(ref frames, head, count, residuals);
            if (count == FrameLayout.Samples)
            {
                integrator.Undo(residuals, head.Order, level, samples);
            }
            else
            {
                UndoLast(integrator, residuals, head.Order, level, samples);
            }
            samples = samples[count..];
        }
        frames.RequireEnd();
    }

    /// <summary>The last frame is short: it is decoded aside and its part copied.</summary>
    private static void UndoLast(
        Integrator16 integrator,
        ReadOnlySpan<ushort> residuals,
        int order,
        short level,
        Span<short> samples
    )
    {
        Span<short> frame = stackalloc short[FrameLayout.Samples];
        integrator.Undo(residuals, order, level, frame);
        frame[..samples.Length].CopyTo(samples);
    }
}
