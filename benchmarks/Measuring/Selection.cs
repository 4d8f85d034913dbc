namespace Dendrite.Benchmarks.Measuring;

/// <summary>What of a benchmark is run.</summary>
/// <param name="Extent">How much of each part.</param>
/// <param name="Parts">The only parts; empty: every one.</param>
public sealed record Selection(Extent Extent, IReadOnlyList<string> Parts);
