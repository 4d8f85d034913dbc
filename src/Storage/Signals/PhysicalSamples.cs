using System.Buffers.Binary;
using Dendrite.Signals.Blocks;

namespace Dendrite.Storage.Signals;

/// <summary>
/// Stored samples to physical values: <c>stored * scale + offset</c>, computed in binary64, little-endian both ways.
/// </summary>
public static class PhysicalSamples
{
    public static void WriteFloat32(SignalChannel channel, ReadOnlySpan<byte> stored, Span<byte> output)
    {
        for (var i = 0; i < output.Length / sizeof(float); i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(output[(i * sizeof(float))..], (float)Read(channel, stored, i));
        }
    }

    public static void WriteFloat64(SignalChannel channel, ReadOnlySpan<byte> stored, Span<byte> output)
    {
        for (var i = 0; i < output.Length / sizeof(double); i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(output[(i * sizeof(double))..], Read(channel, stored, i));
        }
    }

    /// <summary>The physical value of one stored sample.</summary>
    public static double Read(SignalChannel channel, ReadOnlySpan<byte> stored, int index)
    {
        var sample = stored[(index * channel.SampleType.SizeBytes())..];
        double value = channel.SampleType switch
        {
            SampleType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(sample),
            SampleType.Int24 => sample[0] | (sample[1] << 8) | ((sbyte)sample[2] << 16),
            SampleType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(sample),
            SampleType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(sample),
            _ => BinaryPrimitives.ReadDoubleLittleEndian(sample),
        };
        return (value * channel.Scale) + channel.Offset;
    }
}
