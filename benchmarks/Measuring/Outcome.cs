namespace Dendrite.Benchmarks.Measuring;

/// <summary>What one contender achieved.</summary>
/// <param name="RatePerSecond">Operations a second.</param>
/// <param name="AllocatedBytes">Managed memory for each operation, by all threads: both sides of a call.</param>
/// <param name="ProcessorMicroseconds">
/// Processor time for each operation, by all threads: what a rate hides on a machine that does other things meanwhile.
/// </param>
public sealed record Outcome(Series RatePerSecond, Series AllocatedBytes, Series ProcessorMicroseconds);
