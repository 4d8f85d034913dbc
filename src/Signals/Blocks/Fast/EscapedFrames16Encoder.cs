using System.Buffers.Binary;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// Writes one channel of int16 samples as frames of 128. Each takes the prediction (none, or a polynomial of order 1 to
/// 3 through the samples before) whose residuals are smallest, folds their sign into bit 0 (zigzag), packs them at the
/// width that most of them fit, and writes the rest behind. All arithmetic is modulo 2^16, so every residual fits 16
/// bits and nothing is ever lost. What the summary needs is summed on the way.
/// </summary>
internal static class EscapedFrames16Encoder
{
    private const int Window = Differences16.History + FrameLayout.Samples;

    /// <summary>Encodes one channel.</summary>
    /// <param name="samples">The channel.</param>
    /// <param name="output">Room for the samples as they are, and one frame more.</param>
    /// <param name="summary">The channel's summary; whole also where the channel is not encoded.</param>
    /// <returns>Bytes written, or -1 when that is no less than the samples as they are.</returns>
    public static int Encode(ReadOnlySpan<short> samples, Span<byte> output, out ChannelSummary summary)
    {
        var sums = new Sums16(samples[0]);
        var writer = new RunWriter(output);
        Span<short> window = stackalloc short[Window];
        window.Clear();
        for (int start = 0; start < samples.Length; start += FrameLayout.Samples)
        {
            int count = Math.Min(samples.Length - start, FrameLayout.Samples);
            // Inside the channel the samples before a frame stand where its vectors look for them.
            bool inside = start > 0 && count == FrameLayout.Samples;
            var frame = inside
                ? samples.Slice(start - Differences16.History, Window)
                : CopyFrame(samples, start, count, window);
            int sum = sums.Add(frame[Differences16.History..], count);
            if (writer.Length < samples.Length * sizeof(short))
            {
                EncodeFrame(frame, count, (short)(sum / count), ref writer);
            }
        }
        writer.Flush();
        summary = sums.Summary(samples.Length);
        return writer.Length < samples.Length * sizeof(short) ? writer.Length : -1;
    }

    /// <summary>
    /// The first frame, before which are zeros, or a short last one, filled up with its last sample, which costs the
    /// prediction nothing.
    /// </summary>
    private static ReadOnlySpan<short> CopyFrame(ReadOnlySpan<short> samples, int start, int count, Span<short> window)
    {
        int history = Math.Min(start, Differences16.History);
        samples.Slice(start - history, history + count).CopyTo(window[(Differences16.History - history)..]);
        window[(Differences16.History + count)..].Fill(samples[start + count - 1]);
        return window;
    }

    private static void EncodeFrame(scoped ReadOnlySpan<short> frame, int count, short level, ref RunWriter writer)
    {
        Span<ushort> residuals = stackalloc ushort[FrameLayout.Samples];
        int order = Differences16.ChooseOrder(frame, level);
        ushort union = Differences16.Residuals(frame, order, level, residuals);
        if (order == 1 && union == 0)
        {
            writer.AddRepeating();
            return;
        }
        if (count < FrameLayout.Samples)
        {
            residuals[count..].Clear();
            union = Union(residuals);
        }
        int rows = FrameLayout.Rows(count);
        var choice = Residuals16Writer.Choose(residuals, union, rows);
        var output = writer.OpenFrame();
        new FrameHead(order, choice.Width, choice.Tail, choice.Parameter).Write(output);
        int at = FrameHead.SizeBytes;
        if (order == 0)
        {
            BinaryPrimitives.WriteInt16LittleEndian(output[at..], level);
            at += sizeof(short);
        }
        writer.CloseFrame(at + Residuals16Writer.Write(residuals, rows, choice, output[at..]));
    }

    private static ushort Union(ReadOnlySpan<ushort> residuals)
    {
        int union = 0;
        foreach (ushort residual in residuals)
        {
            union |= residual;
        }
        return (ushort)union;
    }
}
