namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// The layout of a frame, the unit in which <see cref="ChannelEncoding.Frames16"/> stores up to 128 samples:
/// <code>
/// byte 0      bits 0-4 width w of a packed residual (0 to 16), bits 5-7 predictor order (0 to 3; 4 to 7 are refused)
/// byte 1      number of exceptions e
/// 2 bytes     base, only when the order is 0
/// 16 * words  packed residuals, words = ceil(rows * w / 16), rows = ceil(samples / 8)
/// 3 * e       exceptions: position in the frame (1 byte), the residual's bits above w (2 bytes)
/// </code>
/// Residuals are packed in eight vertical lanes, so that one 128-bit operation handles eight of them: residual i lies
/// in lane i mod 8, row i / 8, and each lane is a little-endian bit string of 16-bit words, lane l of word k at byte 16
/// k + 2 l.
/// </summary>
internal static class FrameLayout
{
    public const int Samples = 128;
    public const int Lanes = 8;
    public const int WordBits = 16;
    public const int WordBytes = Lanes * sizeof(ushort);
    public const int MaxOrder = 3;
    public const int ExceptionBytes = 3;

    private const int WidthMask = 0x1F;
    private const int OrderShift = 5;

    /// <summary>The most a frame can take: header, base and 128 residuals of 16 bits.</summary>
    public const int MaxBytes = 4 + (Samples * sizeof(ushort));

    public static int Rows(int samples) => (samples + Lanes - 1) / Lanes;

    public static int PackedBytes(int rows, int width) => ((rows * width) + WordBits - 1) / WordBits * WordBytes;

    public static byte PackHead(int order, int width) => (byte)((order << OrderShift) | width);

    public static (int Order, int Width) UnpackHead(byte head) => (head >> OrderShift, head & WidthMask);
}
