namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// What all encodings in frames share. A frame has up to 128 samples, whose residuals are packed in eight vertical
/// lanes, so that one 128-bit operation handles eight of them: residual i lies in lane i mod 8, row i / 8, and each
/// lane is a little-endian bit string of 16-bit words, lane l of word k at byte 16 k + 2 l.
/// </summary>
internal static class FrameLayout
{
    public const int Samples = 128;
    public const int Lanes = 8;
    public const int FullRows = Samples / Lanes;
    public const int WordBits = 16;
    public const int WordBytes = Lanes * sizeof(ushort);
    public const int MaxOrder = 3;

    /// <summary>
    /// No frame of any encoding takes more: 128 codes of 56 bits, twice the widest packed residuals, head and base; and
    /// what a writer overwrites behind its last code.
    /// </summary>
    public const int MaxBytes = 2048;

    private const int WidthMask = 0x1F;
    private const int OrderShift = 5;

    public static int Rows(int samples) => (samples + Lanes - 1) / Lanes;

    public static int PackedBytes(int rows, int width) => ((rows * width) + WordBits - 1) / WordBits * WordBytes;

    /// <summary>The first byte of a frame of frames16.</summary>
    public static (int Order, int Width) UnpackHead(byte head) => (head >> OrderShift, head & WidthMask);

    /// <summary>The frames of a run; the last may be the short one of the channel.</summary>
    /// <exception cref="BlockFormatException">The run is empty, or goes beyond the channel.</exception>
    public static int RunFrames(ushort opening, int samplesLeft)
    {
        int frames = FrameHead.RunLength(opening);
        if (frames == 0 || frames > (samplesLeft + Samples - 1) / Samples)
        {
            throw FrameReader.Malformed($"a run of {frames} frames where {samplesLeft} samples are left");
        }
        return frames;
    }
}
