using System.Runtime.InteropServices;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// The probabilities of the symbols of one group of residuals: bell curves <c>(1 + s^2 / S)^-K</c>, K = 2, 4, 8 or 16
/// (heavy tails to nearly Gaussian), of twenty widths, in units of 1/4096. Made by integer arithmetic alone, so that
/// every decoder on every machine has the same ones (docs/block-format.md gives the steps). Immutable.
/// </summary>
internal sealed class SymbolModel
{
    public const int Shapes = 4;

    /// <summary>Widths of a model; model i has the standard deviation 2^(i / 4 - 2), 0.25 to 6.7.</summary>
    public const int Widths = 20;

    /// <summary>Frequencies add up to 2^12: a decoding table of 16 KiB, and 1/4096 for the rarest symbol.</summary>
    public const int TotalBits = 12;

    public const int Total = 1 << TotalBits;

    /// <summary>The symbol that says: the residual lies in the list of escapes.</summary>
    public const int Escape = sbyte.MinValue;

    private const int WeightBits = 31;

    // Square root of two in units of 2^-15.
    private const ulong RootOfTwo = 46341;

    private static readonly SymbolModel?[] Made = new SymbolModel?[Shapes * Widths];

    private readonly ushort[] starts;
    private readonly uint[] slots;
    private readonly float[] bits;

    private SymbolModel(int shape, int width)
    {
        Reach = 2 + (2 << (width / 4));
        var frequencies = Normalize(Weigh(shape, width, Reach));
        starts = new ushort[frequencies.Length + 1];
        slots = new uint[Total];
        bits = new float[frequencies.Length];
        for (int i = 0; i < frequencies.Length; i++)
        {
            starts[i + 1] = (ushort)(starts[i] + frequencies[i]);
            bits[i] = TotalBits - MathF.Log2(frequencies[i]);
            int symbol = i == frequencies.Length - 1 ? Escape : i - Reach;
            for (int offset = 0; offset < frequencies[i]; offset++)
            {
                slots[starts[i] + offset] = ((uint)frequencies[i] << 20) | ((uint)offset << 8) | (byte)symbol;
            }
        }
    }

    /// <summary>Symbols go from minus this to this; others are escapes.</summary>
    public int Reach { get; }

    /// <summary>
    /// For each of the 4096 slots: bits 0-7 the symbol (signed), bits 8-19 the slot's place within it, bits 20-31 the
    /// symbol's frequency.
    /// </summary>
    public ref uint Slots => ref MemoryMarshal.GetArrayDataReference(slots);

    /// <summary>Built on first use; two threads may build the same one, to the same content.</summary>
    public static SymbolModel Get(int shape, int width) =>
        Made[(shape * Widths) + width] ??= new SymbolModel(shape, width);

    /// <summary>First slot and number of slots of a symbol within reach, or of the escape.</summary>
    public (uint Start, uint Frequency) Range(int symbol)
    {
        int i = Index(symbol);
        return (starts[i], (uint)(starts[i + 1] - starts[i]));
    }

    /// <summary>What a symbol takes, in bits. For choosing among models; not exact.</summary>
    public float Bits(int symbol) => bits[Index(symbol)];

    private int Index(int symbol) => symbol == Escape ? (2 * Reach) + 1 : symbol + Reach;

    /// <summary>Weights of -reach to reach, then that of the escape, in units of 2^-31.</summary>
    private static ulong[] Weigh(int shape, int width, int reach)
    {
        // S = 2 K variance in units of 2^-16; K = 2 << shape, the variance is 2^(width / 2 - 4).
        ulong spread = (4UL << shape) << 12 << (width / 2);
        spread = width % 2 == 0 ? spread : (spread * RootOfTwo) >> 15;
        var weights = new ulong[(2 * reach) + 2];
        for (int i = 0; i < weights.Length; i++)
        {
            ulong symbol = (ulong)Math.Abs(i - reach);
            ulong weight = (spread << WeightBits) / (spread + ((symbol * symbol) << 16));
            for (int squaring = 0; squaring <= shape; squaring++)
            {
                weight = (weight * weight) >> WeightBits;
            }
            weights[i] = weight;
        }
        // The last place has the weight of the first symbol out of reach; four times that stands for all of them.
        weights[^1] *= 4;
        return weights;
    }

    /// <summary>At least 1 each, 4096 together; what rounding leaves goes to symbol 0.</summary>
    private static int[] Normalize(ulong[] weights)
    {
        ulong sum = 0;
        foreach (ulong weight in weights)
        {
            sum += weight;
        }
        var frequencies = new int[weights.Length];
        int rest = Total;
        for (int i = 0; i < weights.Length; i++)
        {
            frequencies[i] = 1 + (int)(weights[i] * (ulong)(Total - weights.Length) / sum);
            rest -= frequencies[i];
        }
        frequencies[(weights.Length / 2) - 1] += rest;
        return frequencies;
    }
}
