using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// Reads groups of values back, in rows of eight. Each of the eight lanes has a range coder of its own (rANS: Duda,
/// "Asymmetric numeral systems", 2013), so that a processor works at eight values at a time; all lanes draw 16-bit
/// words from one list, in the order in which they need them. Low bits lie in lanes as in the fast effort, but as
/// one string from the first row to the last. Reading past any end is a <see cref="BlockFormatException"/>.
/// </summary>
internal ref struct RowReader
{
    public const int Lanes = 8;

    /// <summary>The most values of one group, by which buffers are dimensioned.</summary>
    public const int MaxGroup = 512;

    /// <summary>States lie in [2^16, 2^32); below, a word is drawn.</summary>
    public const uint LowestState = 1 << 16;

    private readonly ReadOnlySpan<ushort> words;
    private readonly ReadOnlySpan<Vector128<ushort>> lows;
    private readonly ReadOnlySpan<ushort> escapes;
    private readonly int shape;
    private States states;
    private int word;
    private int lowBit;
    private int escape;

    /// <param name="shape">Shape of all models.</param>
    /// <param name="lows">The lanes of low bits.</param>
    /// <param name="escapes">Residuals out of their model's reach, in order.</param>
    /// <param name="words">The first state of each lane (two words), then what they draw.</param>
    public RowReader(
        int shape,
        ReadOnlySpan<Vector128<ushort>> lows,
        ReadOnlySpan<ushort> escapes,
        ReadOnlySpan<ushort> words
    )
    {
        this.shape = shape;
        this.lows = lows;
        this.escapes = escapes;
        var first = MemoryMarshal.Cast<ushort, uint>(words[..(2 * Lanes)]);
        for (int lane = 0; lane < Lanes; lane++)
        {
            Require(first[lane] >= LowestState, "a coder's state is too small");
            states[lane] = first[lane];
        }
        this.words = words[(2 * Lanes)..];
    }

    /// <summary>Reads one group.</summary>
    /// <param name="values">Whole rows; at most <see cref="MaxGroup"/>.</param>
    /// <param name="scale">The scale of the group.</param>
    public void Read(scoped Span<short> values, Scale scale)
    {
        if (scale.IsSilent)
        {
            values.Clear();
            return;
        }
        var rest = words[word..];
        if (rest.Length >= values.Length)
        {
            word += ReadSymbols(values, scale.Model(shape), rest, ref states);
        }
        else
        {
            // Each value may draw one word: where fewer remain, zeros stand behind them, and drawing those is noticed.
            Span<ushort> padded = stackalloc ushort[MaxGroup];
            rest.CopyTo(padded);
            padded[rest.Length..].Clear();
            int drawn = ReadSymbols(values, scale.Model(shape), padded, ref states);
            Require(drawn <= rest.Length, "its coded words end early");
            word += drawn;
        }
        Widen(MemoryMarshal.Cast<short, Vector128<short>>(values), scale);
    }

    /// <summary>The last thing to do: whatever was not used, or a coder not back at its beginning, is damage.</summary>
    public readonly void RequireEnd()
    {
        bool done = word == words.Length && escape == escapes.Length && LowVectors(lowBit) == lows.Length;
        Require(done, "it holds more than its samples");
        for (int lane = 0; lane < Lanes; lane++)
        {
            Require(states[lane] == LowestState, "its coders do not end where they began");
        }
    }

    public static int LowVectors(int bits) => (bits + 15) / 16;

    /// <summary>
    /// The innermost loop. <paramref name="source"/> has a word for each value, so nothing is checked here, and a word
    /// is drawn without a branch, which no processor could predict.
    /// </summary>
    private static int ReadSymbols(
        scoped Span<short> values,
        SymbolModel model,
        scoped ReadOnlySpan<ushort> source,
        scoped ref States states
    )
    {
        ref uint slots = ref model.Slots;
        ref ushort first = ref MemoryMarshal.GetReference(source);
        nint next = 0;
        var (s0, s1, s2, s3) = (states[0], states[1], states[2], states[3]);
        var (s4, s5, s6, s7) = (states[4], states[5], states[6], states[7]);
        for (; values.Length >= Lanes; values = values[Lanes..])
        {
            values[7] = 0;
            values[0] = Step(ref s0, ref slots, ref first, ref next);
            values[1] = Step(ref s1, ref slots, ref first, ref next);
            values[2] = Step(ref s2, ref slots, ref first, ref next);
            values[3] = Step(ref s3, ref slots, ref first, ref next);
            values[4] = Step(ref s4, ref slots, ref first, ref next);
            values[5] = Step(ref s5, ref slots, ref first, ref next);
            values[6] = Step(ref s6, ref slots, ref first, ref next);
            values[7] = Step(ref s7, ref slots, ref first, ref next);
        }
        (states[0], states[1], states[2], states[3]) = (s0, s1, s2, s3);
        (states[4], states[5], states[6], states[7]) = (s4, s5, s6, s7);
        return (int)next;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static short Step(ref uint state, ref uint slots, ref ushort words, ref nint next)
    {
        uint slot = Unsafe.Add(ref slots, state & (SymbolModel.Total - 1));
        uint moved = ((slot >> 20) * (state >> SymbolModel.TotalBits)) + ((slot >> 8) & (SymbolModel.Total - 1));
        // One when a word is needed, else zero.
        int need = (int)((moved - (ulong)LowestState) >> 63);
        state = (moved << (need << 4)) | (Unsafe.Add(ref words, next) & (uint)-need);
        next += need;
        return (sbyte)slot;
    }

    /// <summary>Puts low bits below the symbols and escapes in their places.</summary>
    private void Widen(scoped Span<Vector128<short>> rows, Scale scale)
    {
        int bits = scale.LowBits;
        Require(LowVectors(lowBit + (rows.Length * bits)) <= lows.Length, "its low bits end early");
        var mask = Vector128.Create((ushort)((1 << bits) - 1));
        var centre = Vector128.Create((short)scale.Centre);
        foreach (ref var row in rows)
        {
            var symbols = row;
            if (bits > 0)
            {
                row = ((row << bits) | (TakeLow(bits) & mask).AsInt16()) - centre;
            }
            if (Vector128.EqualsAny(symbols, Vector128.Create((short)SymbolModel.Escape)))
            {
                TakeEscapes(symbols, ref row);
            }
        }
    }

    private Vector128<ushort> TakeLow(int bits)
    {
        int vector = lowBit / 16;
        int shift = lowBit % 16;
        lowBit += bits;
        // A row that does not reach into the next vector takes only bits from it that the mask removes.
        var above = lows[Math.Min(vector + 1, lows.Length - 1)];
        return (lows[vector] >>> shift) | (above << (15 - shift) << 1);
    }

    private void TakeEscapes(Vector128<short> symbols, ref Vector128<short> row)
    {
        for (int lane = 0; lane < Lanes; lane++)
        {
            if (symbols[lane] == SymbolModel.Escape)
            {
                Require(escape < escapes.Length, "its escapes end early");
                row = row.WithElement(lane, (short)escapes[escape++]);
            }
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw DenseFault.Malformed(otherwise);
        }
    }

    [InlineArray(Lanes)]
    private struct States
    {
        private uint first;
    }
}
