namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// How wide the residuals of a group are, as one number: 0 says that all are zero, 81 that the samples stay what the
/// one before them was, whatever the prediction; nothing is stored then. Scale q from 1 to 80 stands for a standard
/// deviation near 2^((q - 1) / 4 - 2). Up to 20 the residual is the symbol; above, its lowest bits, which are as good
/// as random, are stored as they are and the symbol is what remains.
/// </summary>
internal readonly record struct Scale(int Number)
{
    /// <summary>Fifteen low bits and the widest symbols: beyond that no int16 reaches.</summary>
    public const int Max = SymbolModel.Widths + (15 * StepsPerBit);

    private const int StepsPerBit = 4;

    /// <summary>
    /// A disconnected electrode, a clipped amplifier: no prediction with a mean would follow it exactly.
    /// </summary>
    public static readonly Scale Held = new(Max + 1);

    public bool IsHeld => Number > Max;

    public bool IsSilent => Number is 0 or > Max;

    /// <summary>Bits of a residual that are stored as they are.</summary>
    public int LowBits =>
        Number <= SymbolModel.Widths ? 0 : (Number - 1 - SymbolModel.Widths + StepsPerBit) / StepsPerBit;

    /// <summary>Index of the width of the symbols' model.</summary>
    public int Width => Number - 1 - (LowBits * StepsPerBit);

    /// <summary>
    /// Added to a residual before it is split, so that the values that share symbol 0 lie about 0.
    /// </summary>
    public int Centre => (1 << LowBits) >> 1;

    public SymbolModel Model(int shape) => SymbolModel.Get(shape, Width);

    /// <summary>The scale whose model fits residuals with this standard deviation.</summary>
    public static Scale Near(double deviation) =>
        new(Math.Clamp((int)Math.Round(4 * (Math.Log2(Math.Max(deviation, 1e-3)) + 2)) + 1, 1, Max));
}
