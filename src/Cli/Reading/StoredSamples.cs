using System.Buffers.Binary;
using Dendrite.V1;

namespace Dendrite.Cli.Reading;

/// <summary>Stored samples as numbers.</summary>
internal static class StoredSamples
{
    /// <summary>Bytes of one sample.</summary>
    public static int SizeBytes(this SampleType type) =>
        type switch
        {
            SampleType.Int16 => 2,
            SampleType.Int24 => 3,
            SampleType.Int32 or SampleType.Float32 => 4,
            SampleType.Float64 => 8,
            _ => throw new ArgumentOutOfRangeException(
                nameof(type),
                type,
                "The server sent a sample type that is new to this client."
            ),
        };

    /// <summary>The stored value at <paramref name="source"/>; exact in double for every sample type.</summary>
    public static double Read(SampleType type, ReadOnlySpan<byte> source) =>
        type switch
        {
            SampleType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(source),
            SampleType.Int24 => source[0] | (source[1] << 8) | ((sbyte)source[2] << 16),
            SampleType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(source),
            SampleType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(source),
            _ => BinaryPrimitives.ReadDoubleLittleEndian(source),
        };

    /// <summary>
    /// The physical value of a stored one: by the line through the channel's two calibration points where it has them,
    /// in the order of operations of the EDF formula, otherwise by scale and offset.
    /// </summary>
    public static double ToPhysical(this SignalChannel channel, double stored)
    {
        bool hasLine =
            channel
                is {
                    HasDigitalMinimum: true,
                    HasDigitalMaximum: true,
                    HasPhysicalMinimum: true,
                    HasPhysicalMaximum: true
                }
            && channel.DigitalMinimum != channel.DigitalMaximum;
        if (!hasLine)
        {
            return (stored * (channel.HasScale ? channel.Scale : 1)) + channel.Offset;
        }
        double range = channel.PhysicalMaximum - channel.PhysicalMinimum;
        double steps = (double)channel.DigitalMaximum - channel.DigitalMinimum;
        return ((stored - channel.DigitalMinimum) * range / steps) + channel.PhysicalMinimum;
    }
}
