using System.Runtime.InteropServices;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// The inverse of <see cref="RowReader"/>. Groups are added in the order in which they are read; the coders themselves
/// work from the last value to the first, so they run when all is there. Reusable; not thread-safe.
/// </summary>
internal sealed class RowWriter
{
    private const int Lanes = RowReader.Lanes;

    private readonly List<(Scale Scale, int Values)> groups = [];
    private readonly List<short> symbols = [];
    private readonly List<ushort> lows = [];
    private readonly List<ushort> escapes = [];
    private readonly List<ushort> words = [];
    private int shape;
    private int lowBit;

    /// <summary>The lanes of low bits: whole vectors.</summary>
    public ReadOnlySpan<ushort> Lows => CollectionsMarshal.AsSpan(lows);

    public ReadOnlySpan<ushort> Escapes => CollectionsMarshal.AsSpan(escapes);

    /// <summary>What <see cref="Finish"/> made: the states, then the words that the reader draws.</summary>
    public ReadOnlySpan<ushort> Words => CollectionsMarshal.AsSpan(words);

    public void Begin(int shapeOfModels)
    {
        groups.Clear();
        symbols.Clear();
        lows.Clear();
        escapes.Clear();
        words.Clear();
        shape = shapeOfModels;
        lowBit = 0;
    }

    /// <summary>Adds one group; the last row is filled up with zeros.</summary>
    public void Add(ReadOnlySpan<short> values, Scale scale)
    {
        if (scale.IsSilent)
        {
            return;
        }
        int padded = (values.Length + Lanes - 1) / Lanes * Lanes;
        groups.Add((scale, padded));
        int reach = scale.Model(shape).Reach;
        for (int i = 0; i < padded; i++)
        {
            int value = (i < values.Length ? values[i] : 0) + scale.Centre;
            int symbol = value >> scale.LowBits;
            if (Math.Abs(symbol) > reach)
            {
                escapes.Add((ushort)values[i]);
                symbols.Add(SymbolModel.Escape);
                value = 0;
            }
            else
            {
                symbols.Add((short)symbol);
            }
            AddLow(value & ((1 << scale.LowBits) - 1), i % Lanes);
            lowBit += i % Lanes == Lanes - 1 ? scale.LowBits : 0;
        }
    }

    /// <summary>Runs the coders over all groups.</summary>
    public void Finish()
    {
        CollectionsMarshal.SetCount(lows, RowReader.LowVectors(lowBit) * Lanes);
        Span<uint> states = stackalloc uint[Lanes];
        states.Fill(RowReader.LowestState);
        int next = symbols.Count;
        for (int group = groups.Count - 1; group >= 0; group--)
        {
            var model = groups[group].Scale.Model(shape);
            for (int i = groups[group].Values - 1; i >= 0; i--)
            {
                var (start, frequency) = model.Range(symbols[--next]);
                ref uint state = ref states[i % Lanes];
                if (state >= (ulong)frequency << (32 - SymbolModel.TotalBits))
                {
                    words.Add((ushort)state);
                    state >>= 16;
                }
                state = (state / frequency << SymbolModel.TotalBits) + (state % frequency) + start;
            }
        }
        for (int lane = Lanes - 1; lane >= 0; lane--)
        {
            words.Add((ushort)(states[lane] >> 16));
            words.Add((ushort)states[lane]);
        }
        words.Reverse();
    }

    private void AddLow(int bits, int lane)
    {
        int at = (lowBit / 16 * Lanes) + lane;
        while (lows.Count <= at + Lanes)
        {
            lows.Add(0);
        }
        uint shifted = (uint)bits << (lowBit % 16);
        lows[at] |= (ushort)shifted;
        lows[at + Lanes] |= (ushort)(shifted >> 16);
    }
}
