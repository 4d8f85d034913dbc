using System.Buffers.Binary;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>How residuals that do not fit a frame's width are stored.</summary>
internal enum FrameTail
{
    /// <summary>Every residual fits.</summary>
    None = 0,

    /// <summary>
    /// The largest packed value is an escape: what the residual has above it follows, Exp-Golomb coded.
    /// </summary>
    Escapes = 1,

    /// <summary>A list of positions with the bits above the width.</summary>
    Patches = 2,
}

/// <summary>
/// The two bytes that open a frame of the encodings escaped16 and escaped32, little-endian:
/// <code>
/// bits 0-1    order of the prediction
/// bits 2-7    width of a packed residual, 0 to 16 or 32
/// bits 8-12   parameter: of the Exp-Golomb code, or the number of patches
/// bits 13-14  tail (3 is refused)
/// bit 15      run: then bits 0-14 are a number of whole frames that repeat the sample before them
/// </code>
/// </summary>
internal readonly record struct FrameHead(int Order, int Width, FrameTail Tail = FrameTail.None, int Parameter = 0)
{
    public const int SizeBytes = 2;

    /// <summary>Most frames of one run: more than a channel has.</summary>
    public const int MaxRun = 0x7FFF;

    /// <summary>Most patches, and the largest parameter of the code.</summary>
    public const int MaxParameter = 31;

    private const int RunBit = 0x8000;

    /// <summary>The frames that the run stands for, or 0 where the two bytes open a frame.</summary>
    public static int RunLength(ushort head) => (head & RunBit) != 0 ? head & MaxRun : 0;

    public static bool IsRun(ushort head) => (head & RunBit) != 0;

    public static FrameHead Unpack(ushort head) =>
        new(head & 3, (head >> 2) & 0x3F, (FrameTail)((head >> 13) & 3), (head >> 8) & MaxParameter);

    public void Write(Span<byte> output) =>
        BinaryPrimitives.WriteUInt16LittleEndian(
            output,
            (ushort)(Order | (Width << 2) | (Parameter << 8) | ((int)Tail << 13))
        );

    public static void WriteRun(Span<byte> output, int frames) =>
        BinaryPrimitives.WriteUInt16LittleEndian(output, (ushort)(RunBit | frames));
}
