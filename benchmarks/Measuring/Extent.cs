namespace Dendrite.Benchmarks.Measuring;

/// <summary>How much of a benchmark is run.</summary>
public enum Extent
{
    /// <summary>Every step once, in a moment: shows that the benchmark works and measures nothing.</summary>
    Tiny,

    /// <summary>What a figure may be quoted from, in under three minutes.</summary>
    Normal,

    /// <summary>The largest sizes too.</summary>
    Full,
}
