namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// What a densely encoded channel says before its residuals: how they become samples. Byte by byte in
/// docs/block-format.md. Buffers belong to whoever makes it.
/// </summary>
internal ref struct DensePlan
{
    /// <summary>The most references, and so (with seven samples of each) the most coefficients.</summary>
    public const int MaxReferences = 16;

    public const int MaxTaps = LagFilter.MaxOrder + (MaxReferences * ((2 * ReferenceFilter.MaxReach) + 1));

    public const int LongestGroupLog = 5;

    /// <summary>Shape of the models of all symbols, below <see cref="SymbolModel.Shapes"/>.</summary>
    public int Shape;

    /// <summary>A group of residuals under one scale has 16 times two to this many samples.</summary>
    public int GroupLog;

    /// <summary>Lags of the channel itself.</summary>
    public int Order;

    /// <summary>Samples before and after the instant that are taken of each reference.</summary>
    public int Reach;

    /// <summary>Binary places of coefficients.</summary>
    public int Shift;

    /// <summary>Stands for the samples before the first.</summary>
    public short Before;

    /// <summary>Added to every sum before the shift.</summary>
    public int Bias;

    /// <summary>How many channels back each reference lies, 1 to 31, within the group of 32.</summary>
    public Span<byte> References;

    /// <summary>What the filters' numbers mean as samples.</summary>
    public SampleMap Map;

    /// <summary>Coefficients of the lags, then of each reference, earliest sample first.</summary>
    public Span<short> Taps;

    /// <summary>The scale of the differences between the scales of successive groups.</summary>
    public Scale ScaleOfScales;

    /// <summary>What the first of those differences is from.</summary>
    public Scale FirstScale;

    public readonly int GroupSamples => 16 << GroupLog;

    public readonly int TapsOfReference => (2 * Reach) + 1;

    public readonly int TapCount => Order + (References.Length * TapsOfReference);

    public readonly ReadOnlySpan<short> TapsOf(int reference) =>
        Taps.Slice(Order + (reference * TapsOfReference), TapsOfReference);
}
