using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// The inner loops of <see cref="BitLanes"/> for a full frame, once for each width: the compiler makes a copy for each
/// type argument, in which every shift and offset is a constant and no branch is left.
/// </summary>
internal static class UnrolledLanes
{
    /// <summary>Unpacks 16 rows.</summary>
    /// <param name="words">As many words as <paramref name="width"/>.</param>
    /// <param name="width">1 to 16.</param>
    /// <param name="rows">16 rows.</param>
    public static void Unpack(ReadOnlySpan<Vector128<ushort>> words, int width, Span<Vector128<ushort>> rows)
    {
        // The references below are used without further checks.
        ref var word = ref MemoryMarshal.GetReference(words[..width]);
        ref var row = ref MemoryMarshal.GetReference(rows[..FrameLayout.FullRows]);
        switch (width)
        {
            case 1:
                Unpack<W1>(ref word, ref row);
                break;
            case 2:
                Unpack<W2>(ref word, ref row);
                break;
            case 3:
                Unpack<W3>(ref word, ref row);
                break;
            case 4:
                Unpack<W4>(ref word, ref row);
                break;
            case 5:
                Unpack<W5>(ref word, ref row);
                break;
            case 6:
                Unpack<W6>(ref word, ref row);
                break;
            case 7:
                Unpack<W7>(ref word, ref row);
                break;
            case 8:
                Unpack<W8>(ref word, ref row);
                break;
            case 9:
                Unpack<W9>(ref word, ref row);
                break;
            case 10:
                Unpack<W10>(ref word, ref row);
                break;
            case 11:
                Unpack<W11>(ref word, ref row);
                break;
            case 12:
                Unpack<W12>(ref word, ref row);
                break;
            case 13:
                Unpack<W13>(ref word, ref row);
                break;
            case 14:
                Unpack<W14>(ref word, ref row);
                break;
            case 15:
                Unpack<W15>(ref word, ref row);
                break;
            default:
                words.CopyTo(rows);
                break;
        }
    }

    /// <summary>Packs 16 rows; bits above the width are dropped.</summary>
    /// <param name="rows">16 rows.</param>
    /// <param name="width">1 to 16.</param>
    /// <param name="words">As many words as <paramref name="width"/>.</param>
    public static void Pack(ReadOnlySpan<Vector128<ushort>> rows, int width, Span<Vector128<ushort>> words)
    {
        ref var row = ref MemoryMarshal.GetReference(rows[..FrameLayout.FullRows]);
        ref var word = ref MemoryMarshal.GetReference(words[..width]);
        switch (width)
        {
            case 1:
                Pack<W1>(ref row, ref word);
                break;
            case 2:
                Pack<W2>(ref row, ref word);
                break;
            case 3:
                Pack<W3>(ref row, ref word);
                break;
            case 4:
                Pack<W4>(ref row, ref word);
                break;
            case 5:
                Pack<W5>(ref row, ref word);
                break;
            case 6:
                Pack<W6>(ref row, ref word);
                break;
            case 7:
                Pack<W7>(ref row, ref word);
                break;
            case 8:
                Pack<W8>(ref row, ref word);
                break;
            case 9:
                Pack<W9>(ref row, ref word);
                break;
            case 10:
                Pack<W10>(ref row, ref word);
                break;
            case 11:
                Pack<W11>(ref row, ref word);
                break;
            case 12:
                Pack<W12>(ref row, ref word);
                break;
            case 13:
                Pack<W13>(ref row, ref word);
                break;
            case 14:
                Pack<W14>(ref row, ref word);
                break;
            case 15:
                Pack<W15>(ref row, ref word);
                break;
            default:
                rows.CopyTo(words);
                break;
        }
    }

    private static void Unpack<TWidth>(ref Vector128<ushort> words, ref Vector128<ushort> rows)
        where TWidth : struct, IWidth
    {
        UnpackRow<TWidth>(0, ref words, ref rows);
        UnpackRow<TWidth>(1, ref words, ref rows);
        UnpackRow<TWidth>(2, ref words, ref rows);
        UnpackRow<TWidth>(3, ref words, ref rows);
        UnpackRow<TWidth>(4, ref words, ref rows);
        UnpackRow<TWidth>(5, ref words, ref rows);
        UnpackRow<TWidth>(6, ref words, ref rows);
        UnpackRow<TWidth>(7, ref words, ref rows);
        UnpackRow<TWidth>(8, ref words, ref rows);
        UnpackRow<TWidth>(9, ref words, ref rows);
        UnpackRow<TWidth>(10, ref words, ref rows);
        UnpackRow<TWidth>(11, ref words, ref rows);
        UnpackRow<TWidth>(12, ref words, ref rows);
        UnpackRow<TWidth>(13, ref words, ref rows);
        UnpackRow<TWidth>(14, ref words, ref rows);
        UnpackRow<TWidth>(15, ref words, ref rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void UnpackRow<TWidth>(int row, ref Vector128<ushort> words, ref Vector128<ushort> rows)
        where TWidth : struct, IWidth
    {
        int word = row * TWidth.Bits / FrameLayout.WordBits;
        int shift = row * TWidth.Bits % FrameLayout.WordBits;
        var value = Unsafe.Add(ref words, word) >>> shift;
        if (shift + TWidth.Bits > FrameLayout.WordBits)
        {
            value |= Unsafe.Add(ref words, word + 1) << (FrameLayout.WordBits - shift);
        }
        Unsafe.Add(ref rows, row) = value & Vector128.Create(BitLanes.Mask(TWidth.Bits));
    }

    private static void Pack<TWidth>(ref Vector128<ushort> rows, ref Vector128<ushort> words)
        where TWidth : struct, IWidth
    {
        var word = Vector128<ushort>.Zero;
        PackRow<TWidth>(0, ref rows, ref word, ref words);
        PackRow<TWidth>(1, ref rows, ref word, ref words);
        PackRow<TWidth>(2, ref rows, ref word, ref words);
        PackRow<TWidth>(3, ref rows, ref word, ref words);
        PackRow<TWidth>(4, ref rows, ref word, ref words);
        PackRow<TWidth>(5, ref rows, ref word, ref words);
        PackRow<TWidth>(6, ref rows, ref word, ref words);
        PackRow<TWidth>(7, ref rows, ref word, ref words);
        PackRow<TWidth>(8, ref rows, ref word, ref words);
        PackRow<TWidth>(9, ref rows, ref word, ref words);
        PackRow<TWidth>(10, ref rows, ref word, ref words);
        PackRow<TWidth>(11, ref rows, ref word, ref words);
        PackRow<TWidth>(12, ref rows, ref word, ref words);
        PackRow<TWidth>(13, ref rows, ref word, ref words);
        PackRow<TWidth>(14, ref rows, ref word, ref words);
        PackRow<TWidth>(15, ref rows, ref word, ref words);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PackRow<TWidth>(
        int row,
        ref Vector128<ushort> rows,
        ref Vector128<ushort> word,
        ref Vector128<ushort> words
    )
        where TWidth : struct, IWidth
    {
        int index = row * TWidth.Bits / FrameLayout.WordBits;
        int shift = row * TWidth.Bits % FrameLayout.WordBits;
        var value = Unsafe.Add(ref rows, row) & Vector128.Create(BitLanes.Mask(TWidth.Bits));
        word |= value << shift;
        if (shift + TWidth.Bits >= FrameLayout.WordBits)
        {
            Unsafe.Add(ref words, index) = word;
            int kept = FrameLayout.WordBits - shift;
            // A shift by all 16 bits would be one by none: the operator takes its count modulo 16.
            word = kept < FrameLayout.WordBits ? value >>> kept : Vector128<ushort>.Zero;
        }
    }

    private interface IWidth
    {
        static abstract int Bits { get; }
    }

    private readonly struct W1 : IWidth
    {
        public static int Bits => 1;
    }

    private readonly struct W2 : IWidth
    {
        public static int Bits => 2;
    }

    private readonly struct W3 : IWidth
    {
        public static int Bits => 3;
    }

    private readonly struct W4 : IWidth
    {
        public static int Bits => 4;
    }

    private readonly struct W5 : IWidth
    {
        public static int Bits => 5;
    }

    private readonly struct W6 : IWidth
    {
        public static int Bits => 6;
    }

    private readonly struct W7 : IWidth
    {
        public static int Bits => 7;
    }

    private readonly struct W8 : IWidth
    {
        public static int Bits => 8;
    }

    private readonly struct W9 : IWidth
    {
        public static int Bits => 9;
    }

    private readonly struct W10 : IWidth
    {
        public static int Bits => 10;
    }

    private readonly struct W11 : IWidth
    {
        public static int Bits => 11;
    }

    private readonly struct W12 : IWidth
    {
        public static int Bits => 12;
    }

    private readonly struct W13 : IWidth
    {
        public static int Bits => 13;
    }

    private readonly struct W14 : IWidth
    {
        public static int Bits => 14;
    }

    private readonly struct W15 : IWidth
    {
        public static int Bits => 15;
    }
}
