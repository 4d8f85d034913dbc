using System.Buffers.Binary;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Formats;

/// <summary>Stored samples as numbers, and numbers as physical values.</summary>
public static class StoredNumber
{
    /// <summary>The stored value; exact for every sample type.</summary>
    public static double Read(SampleType type, ReadOnlySpan<byte> source) =>
        type switch
        {
            SampleType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(source),
            SampleType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(source),
            _ => ReadInteger(type, source),
        };

    /// <summary>The stored value of an integer type.</summary>
    public static int ReadInteger(SampleType type, ReadOnlySpan<byte> source) =>
        type switch
        {
            SampleType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(source),
            SampleType.Int24 => source[0] | (source[1] << 8) | ((sbyte)source[2] << 16),
            SampleType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(source),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of whole numbers."),
        };

    public static bool IsInteger(this SampleType type) =>
        type is SampleType.Int16 or SampleType.Int24 or SampleType.Int32;

    /// <summary>
    /// The physical value: by the line through the channel's two points where it has them, in the order of operations
    /// of the EDF formula, otherwise by scale and offset.
    /// </summary>
    public static double ToPhysical(this RecordedChannel channel, double stored)
    {
        if (channel.Range is not { } range || range.DigitalMin == range.DigitalMax)
        {
            return (stored * channel.Scale) + channel.Offset;
        }
        double steps = (double)range.DigitalMax - range.DigitalMin;
        return ((stored - range.DigitalMin) * (range.PhysicalMax - range.PhysicalMin) / steps) + range.PhysicalMin;
    }
}
