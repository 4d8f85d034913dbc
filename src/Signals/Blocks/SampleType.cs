namespace Dendrite.Signals.Blocks;

/// <summary>
/// The type of a sample as a device delivers it. The number is the one in the block header (docs/block-format.md), so
/// it never changes. All types are little-endian; integers are two's complement, floats IEEE 754.
/// </summary>
public enum SampleType : byte
{
    Int16 = 1,

    /// <summary>Three bytes a sample, as BDF and many amplifiers have it.</summary>
    Int24 = 2,
    Int32 = 3,
    Float32 = 4,
    Float64 = 5,
}

public static class SampleTypes
{
    /// <summary>Bytes of one sample, or 0 for a value that is not a sample type.</summary>
    public static int SizeBytes(this SampleType type) =>
        type switch
        {
            SampleType.Int16 => 2,
            SampleType.Int24 => 3,
            SampleType.Int32 or SampleType.Float32 => 4,
            SampleType.Float64 => 8,
            _ => 0,
        };
}
