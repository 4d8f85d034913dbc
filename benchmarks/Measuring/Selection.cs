namespace Dendrite.Benchmarks.Measuring;

/// <summary>What of a benchmark is run.</summary>
/// <param name="Extent">How much of each part.</param>
/// <param name="Part">The only part; null: every one.</param>
public sealed record Selection(Extent Extent, string? Part);
