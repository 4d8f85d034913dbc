using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>Writes numbers of so many bits one after the other, least significant bit first.</summary>
internal ref struct BitWriter(Span<byte> output)
{
    private readonly Span<byte> output = output;
    private ulong word;
    private int bits;
    private int at;

    /// <summary>Bytes of all that was written, the last filled up with zeros.</summary>
    public readonly int Length => at + (bits > 0 ? 1 : 0);

    /// <summary>Writes a number; up to 8 bytes behind it are overwritten.</summary>
    /// <param name="value">Below two to <paramref name="width"/>.</param>
    /// <param name="width">0 to 56.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(ulong value, int width)
    {
        word |= value << bits;
        bits += width;
        BinaryPrimitives.WriteUInt64LittleEndian(output[at..], word);
        int whole = bits >> 3;
        at += whole;
        word >>= whole * 8;
        bits &= 7;
    }
}

/// <summary>
/// Reads what <see cref="BitWriter"/> wrote. Past the end it reads zeros, which <see cref="Length"/> then shows.
/// </summary>
internal ref struct BitReader(ReadOnlySpan<byte> input)
{
    private readonly ReadOnlySpan<byte> input = input;
    private long bit;

    /// <summary>Bytes read so far, of which the last may be read in part.</summary>
    public readonly long Length => (bit + 7) >> 3;

    /// <param name="width">0 to 56.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Read(int width)
    {
        int start = (int)(bit >> 3);
        ulong word =
            start <= input.Length - sizeof(ulong)
                ? BinaryPrimitives.ReadUInt64LittleEndian(input[start..])
                : LastWord(start);
        ulong value = (word >> (int)(bit & 7)) & ((1UL << width) - 1);
        bit += width;
        return value;
    }

    private readonly ulong LastWord(int start)
    {
        Span<byte> padded = stackalloc byte[sizeof(ulong)];
        padded.Clear();
        if (start < input.Length)
        {
            input[start..].CopyTo(padded);
        }
        return BinaryPrimitives.ReadUInt64LittleEndian(padded);
    }
}
