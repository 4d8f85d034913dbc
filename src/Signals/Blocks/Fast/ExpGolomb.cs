using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// The Exp-Golomb code of order k: short for small numbers, and an outlier costs twice its bits, so that one does not
/// widen its neighbours. A number q is written as the n low bits of q + 2^k, where n = floor(log2(q + 2^k)), after n -
/// k zero bits and a one bit. Bits are least significant first.
/// </summary>
/// <remarks>Source: J. Teuhola, "A compression method for clustered bit-vectors", 1978.</remarks>
internal static class ExpGolomb
{
    /// <summary>
    /// With 23 zeros, a one and 32 bits, a code has at most 56 bits: with up to 7 bits before it in its first byte it
    /// still fits one 64-bit word.
    /// </summary>
    public const int MaxZeros = 23;

    /// <summary>Most bits after the zeros and the one.</summary>
    public const int MaxBits = 32;

    /// <summary>The least order at which <paramref name="largest"/> can be written.</summary>
    public static int LeastOrder(uint largest) => Math.Max(0, BitLength(largest) - MaxZeros);

    /// <summary>The order that suits numbers of this mean: the power of two at or below it.</summary>
    public static int OrderFor(ulong sum, int count) => Math.Max(0, BitLength((uint)(sum / (uint)count)) - 1);

    /// <summary>About the bits of so many numbers of this sum at this order, in a frame: exact on average.</summary>
    public static int EstimateBits(int count, int order) => (count * (order + 3)) + (count * 3 / 4);

    private static int BitLength(uint value) => 32 - BitOperations.LeadingZeroCount(value);
}

/// <summary>Writes Exp-Golomb codes. Overwrites up to 8 bytes after the last code.</summary>
internal ref struct ExpGolombWriter(Span<byte> output, int order)
{
    private readonly Span<byte> output = output;
    private ulong word;
    private int bits;
    private int at;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(uint number)
    {
        ulong shifted = number + (1UL << order);
        int length = BitOperations.Log2(shifted);
        int zeros = length - order;
        ulong code = ((shifted << 1) | 1) << zeros;
        int codeBits = zeros + 1 + length;
        word |= (code & ((1UL << codeBits) - 1)) << bits;
        bits += codeBits;
        BinaryPrimitives.WriteUInt64LittleEndian(output[at..], word);
        int whole = bits >> 3;
        at += whole;
        word >>= whole * 8;
        bits &= 7;
    }

    /// <summary>Bytes of all codes, the last filled up with zeros.</summary>
    public readonly int Length => at + (bits > 0 ? 1 : 0);
}
