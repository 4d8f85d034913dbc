using System.Buffers.Binary;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Formats.Layout;

/// <summary>
/// How a binary file holds one sample, and the type in which it is stored: never one that loses a bit.
/// </summary>
/// <param name="Bytes">Of one sample in the file.</param>
/// <param name="Type">As stored.</param>
/// <param name="Convert">From the file's bytes to the stored ones, little-endian; null where they are the same.</param>
internal sealed record RawSample(int Bytes, SampleType Type, RawSample.Conversion? Convert = null)
{
    /// <summary>Converts one sample.</summary>
    public delegate void Conversion(ReadOnlySpan<byte> source, Span<byte> target);

    public static RawSample Int16 { get; } = new(2, SampleType.Int16);

    public static RawSample Int24 { get; } = new(3, SampleType.Int24);

    public static RawSample Int32 { get; } = new(4, SampleType.Int32);

    public static RawSample Float32 { get; } = new(4, SampleType.Float32);

    public static RawSample Float64 { get; } = new(8, SampleType.Float64);

    /// <summary>Unsigned 16 bits: int32 holds them.</summary>
    public static RawSample UInt16 { get; } =
        new(
            2,
            SampleType.Int32,
            (source, target) =>
                BinaryPrimitives.WriteInt32LittleEndian(target, BinaryPrimitives.ReadUInt16LittleEndian(source))
        );

    /// <summary>8 bits, two's complement: int16 holds them.</summary>
    public static RawSample Int8 { get; } =
        new(1, SampleType.Int16, (source, target) => BinaryPrimitives.WriteInt16LittleEndian(target, (sbyte)source[0]));

    /// <summary>8 bits, 128 being 0.</summary>
    public static RawSample OffsetBinary8 { get; } =
        new(
            1,
            SampleType.Int16,
            (source, target) => BinaryPrimitives.WriteInt16LittleEndian(target, (short)(source[0] - 128))
        );

    /// <summary>16 bits, 32,768 being 0.</summary>
    public static RawSample OffsetBinary16 { get; } =
        new(
            2,
            SampleType.Int16,
            (source, target) =>
                BinaryPrimitives.WriteInt16LittleEndian(
                    target,
                    (short)(BinaryPrimitives.ReadUInt16LittleEndian(source) - 32768)
                )
        );

    /// <summary>The same with the most significant byte first.</summary>
    public RawSample BigEndian()
    {
        var inner = Convert;
        int bytes = Bytes;
        return this with
        {
            Convert = (source, target) =>
            {
                Span<byte> reversed = stackalloc byte[8];
                reversed = reversed[..bytes];
                source[..bytes].CopyTo(reversed);
                reversed.Reverse();
                if (inner is null)
                {
                    reversed.CopyTo(target);
                    return;
                }
                inner(reversed, target);
            },
        };
    }
}
