using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>Reads the Exp-Golomb codes of one frame. Total: any bytes give numbers or a typed error.</summary>
/// <remarks>
/// Where a code ends is known only when it was read, so each waits for the one before it. All that can be is therefore
/// kept out of the loop: positions come as a mask, and bounds are checked once for up to 64 codes.
/// </remarks>
internal ref struct ExpGolombReader(ReadOnlySpan<byte> input, int order)
{
    // 23 zeros, a one and 32 bits.
    private const int MaxCodeBytes = 7;

    // 64 codes and one word.
    private const int PaddedBytes = 512;

    private readonly ReadOnlySpan<byte> input = input;
    private int bit;

    /// <summary>Bytes read so far; above the length of the input when that was cut short.</summary>
    public readonly int Length => (bit + 7) >> 3;

    /// <summary>Adds the next codes to the numbers whose bits are set in the mask, modulo 2^16.</summary>
    /// <param name="mask">Bit i stands for number i; no bit is set beyond the numbers.</param>
    /// <param name="numbers">Up to 64.</param>
    public void AddTo(ulong mask, scoped Span<ushort> numbers)
    {
        var rest = input[Math.Min(bit >> 3, input.Length)..];
        if (rest.Length >= Needed(mask))
        {
            bit = (bit & ~7) + Add(ref MemoryMarshal.GetReference(rest), bit & 7, mask, numbers);
        }
        else
        {
            AddNearEnd(rest, mask, numbers);
        }
    }

    /// <summary>Adds the next codes to the numbers whose bits are set in the mask, modulo 2^32.</summary>
    /// <inheritdoc cref="AddTo(ulong, Span{ushort})"/>
    public void AddTo(ulong mask, scoped Span<uint> numbers)
    {
        var rest = input[Math.Min(bit >> 3, input.Length)..];
        if (rest.Length >= Needed(mask))
        {
            bit = (bit & ~7) + Add(ref MemoryMarshal.GetReference(rest), bit & 7, mask, numbers);
        }
        else
        {
            AddNearEnd(rest, mask, numbers);
        }
    }

    /// <summary>No code reads beyond these: its word starts at most so many bytes on.</summary>
    private static int Needed(ulong mask) => (BitOperations.PopCount(mask) * MaxCodeBytes) + sizeof(ulong);

    /// <summary>Near the end of the input from a copy with zeros behind it.</summary>
    private void AddNearEnd<T>(ReadOnlySpan<byte> rest, ulong mask, scoped Span<T> numbers)
        where T : unmanaged
    {
        Span<byte> padded = stackalloc byte[PaddedBytes];
        padded.Clear();
        rest[..Math.Min(rest.Length, PaddedBytes)].CopyTo(padded);
        ref byte start = ref MemoryMarshal.GetReference(padded);
        int end =
            typeof(T) == typeof(ushort)
                ? Add(ref start, bit & 7, mask, MemoryMarshal.Cast<T, ushort>(numbers))
                : Add(ref start, bit & 7, mask, MemoryMarshal.Cast<T, uint>(numbers));
        bit = (bit & ~7) + end;
    }

    private readonly int Add(ref byte start, int at, ulong mask, scoped Span<ushort> numbers)
    {
        for (; mask != 0; mask &= mask - 1)
        {
            numbers[BitOperations.TrailingZeroCount(mask)] += (ushort)Read(ref start, ref at);
        }
        return at;
    }

    private readonly int Add(ref byte start, int at, ulong mask, scoped Span<uint> numbers)
    {
        for (; mask != 0; mask &= mask - 1)
        {
            numbers[BitOperations.TrailingZeroCount(mask)] += Read(ref start, ref at);
        }
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly uint Read(ref byte start, ref int at)
    {
        ulong window = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, at >> 3)) >> (at & 7);
        int zeros = BitOperations.TrailingZeroCount(window);
        int length = zeros + order;
        if (zeros > ExpGolomb.MaxZeros || length > ExpGolomb.MaxBits)
        {
            throw FrameReader.Malformed("an escaped residual has no code");
        }
        at += zeros + 1 + length;
        ulong power = 1UL << length;
        return (uint)(((window >> zeros >> 1) & (power - 1)) + power - (1UL << order));
    }
}
