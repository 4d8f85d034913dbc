using System.Numerics;
using System.Runtime.CompilerServices;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// How the encoding split cuts a float in two: an integer in units of a power of two that is the same for the whole
/// channel, and the bits of its mantissa that lie below that unit, which are next to noise. The integer is predicted
/// and packed like that of a converter; the bits below it are kept as they are. How many these are follows from the
/// integer: the more bits it has, the fewer of the mantissa are left.
/// <code>
/// unit 2^-2:   13.8203125 = 1101.1101001b   integer 110111 (55), below it 01001
///               0.8203125 =    0.1101001b   integer     11  (3), below it 01001, and further bits down to the last
/// </code>
/// </summary>
/// <param name="unitPower">The unit is two to this power.</param>
/// <param name="mantissaBits">Bits of a sample's mantissa that are stored: 23 or 52.</param>
/// <param name="leastPower">Every sample is a multiple of two to this power.</param>
internal readonly struct SplitFloat(int unitPower, int mantissaBits, int leastPower)
{
    /// <summary>Bits of the largest integer, so that differences of any two fit 32 bits.</summary>
    public const int MaxIntegerBits = 30;

    private readonly int mostBelow = unitPower - leastPower;

    /// <summary>Bits of the mantissa below an integer; none below zero, which stands for zero only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int BitsBelow(uint magnitude)
    {
        int bits = 32 - BitOperations.LeadingZeroCount(magnitude);
        return magnitude == 0 ? 0 : Math.Max(0, Math.Min(mantissaBits + 1 - bits, mostBelow));
    }

    /// <summary>The number that the two parts stand for, exactly.</summary>
    /// <param name="integer">In units.</param>
    /// <param name="below">The bits below it.</param>
    /// <param name="bitsBelow">How many these are.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Join(int integer, ulong below, int bitsBelow)
    {
        // Below 2^53, so the conversion is exact; from a signed number it is one instruction.
        long mantissa = (Math.Abs((long)integer) << bitsBelow) | (long)below;
        double magnitude = mantissa * PowerOfTwo(unitPower - bitsBelow);
        return integer < 0 ? -magnitude : magnitude;
    }

    /// <summary>The inverse of <see cref="Join"/>.</summary>
    /// <returns>False where the number has no such parts: it is not finite, -0, or below a unit.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryCut(double value, out int integer, out ulong below)
    {
        ulong bits = BitConverter.DoubleToUInt64Bits(value);
        double units = Math.Abs(value) * PowerOfTwo(-unitPower / 2) * PowerOfTwo(-unitPower - (-unitPower / 2));
        bool fits = units is >= 1 and < 1 << MaxIntegerBits;
        int magnitude = fits ? (int)units : 0;
        int bitsBelow = BitsBelow((uint)magnitude);
        integer = (long)bits < 0 ? -magnitude : magnitude;
        below = fits ? (ulong)(long)((units - magnitude) * PowerOfTwo(bitsBelow)) : 0;
        return fits || bits == 0;
    }

    /// <summary>Two to a power from -1074 to 1023.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double PowerOfTwo(int power) =>
        power >= -1022
            ? BitConverter.UInt64BitsToDouble((ulong)(power + 1023) << 52)
            : BitConverter.UInt64BitsToDouble(1UL << (power + 1074));
}
