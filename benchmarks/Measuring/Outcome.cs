namespace Dendrite.Benchmarks.Measuring;

/// <summary>What one contender achieved.</summary>
/// <param name="RatePerSecond">Operations a second.</param>
/// <param name="AllocatedBytes">Managed memory for each operation, by all threads: both sides of a call.</param>
public sealed record Outcome(Series RatePerSecond, Series AllocatedBytes);
