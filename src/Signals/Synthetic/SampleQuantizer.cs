using System.Buffers.Binary;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Synthetic;

/// <summary>What a converter makes of a voltage: the nearest step, and the last one where it is out of range.</summary>
internal static class SampleQuantizer
{
    private const int MaxInt24 = (1 << 23) - 1;

    /// <summary>Writes one sample, little-endian.</summary>
    public static void Write(SampleType type, double microvolts, Span<byte> output)
    {
        double steps = Math.Round(microvolts / SyntheticEeg.MicrovoltsPerStepOf(type));
        switch (type)
        {
            case SampleType.Int16:
                short narrow = (short)Math.Clamp(steps, short.MinValue, short.MaxValue);
                BinaryPrimitives.WriteInt16LittleEndian(output, narrow);
                break;
            case SampleType.Int24:
                int wide = (int)Math.Clamp(steps, -MaxInt24 - 1, MaxInt24);
                BinaryPrimitives.WriteInt16LittleEndian(output, (short)wide);
                output[2] = (byte)(wide >> 16);
                break;
            case SampleType.Int32:
                BinaryPrimitives.WriteInt32LittleEndian(output, (int)Math.Clamp(steps, int.MinValue, int.MaxValue));
                break;
            case SampleType.Float32:
                BinaryPrimitives.WriteSingleLittleEndian(output, (float)microvolts);
                break;
            default:
                BinaryPrimitives.WriteDoubleLittleEndian(output, microvolts);
                break;
        }
    }
}
