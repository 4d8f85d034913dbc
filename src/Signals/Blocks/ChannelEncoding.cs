namespace Dendrite.Signals.Blocks;

/// <summary>
/// How one channel of a block is laid down; the low byte of its directory entry. A decoder refuses a number it does not
/// know, so a new encoding needs no new container. 2 to 15 belong to the fast effort, 16 and up to the dense one.
/// </summary>
public enum ChannelEncoding : byte
{
    /// <summary>The samples as they are. Every sample type.</summary>
    Raw = 0,

    /// <summary>One sample that stands for all of them. Every sample type.</summary>
    Constant = 1,

    /// <summary>
    /// Frames of 128 samples: prediction, zigzag, bit packing, exceptions. int16 only. Read, no longer written.
    /// </summary>
    Frames16 = 2,

    /// <summary>
    /// Frames of 128 samples: prediction, zigzag, bit packing with escapes; runs of frames that repeat a sample. int16
    /// only.
    /// </summary>
    Escaped16 = 3,

    /// <summary>As <see cref="Escaped16"/>, of numbers modulo 2^32. int24 and int32.</summary>
    Escaped32 = 4,

    /// <summary>Integers times a scale, the integers as <see cref="Escaped32"/>. float32 and float64.</summary>
    Scaled = 5,

    /// <summary>
    /// The upper bits in units of a power of two as <see cref="Escaped32"/>, the lower as they are. float32 and
    /// float64.
    /// </summary>
    Split = 6,

    /// <summary>Long prediction, range-coded residuals. int16 only. Made by the compactor, not by gateways.</summary>
    Dense16 = 16,

    /// <summary>Dense16 that is also predicted from channels before it in the block.</summary>
    DenseAcross16 = 17,

    /// <summary>The differences of successive samples as <see cref="Dense16"/>. int24 and int32.</summary>
    DenseSums = 18,

    /// <summary><see cref="DenseSums"/> that is also predicted from channels before it in the block.</summary>
    DenseSumsAcross = 19,
}
