using Dendrite.Benchmarks.Measuring;

namespace Dendrite.Benchmarks.Reporting;

/// <summary>One figure, beside the baseline's in the same run.</summary>
/// <param name="Case">What was done.</param>
/// <param name="Unit">Of both series.</param>
/// <param name="Subject">Ours.</param>
/// <param name="Baseline">What ours is compared with.</param>
/// <param name="BaselineSeries">The baseline's.</param>
/// <param name="Aim">What the median is to reach; null where none is set.</param>
public sealed record BenchmarkResult(
    string Case,
    string Unit,
    Series Subject,
    string Baseline,
    Series BaselineSeries,
    Aim? Aim
)
{
    public double Value => Subject.Median;

    public double BaselineValue => BaselineSeries.Median;

    /// <summary>Value by baseline: above 1 is faster for a rate, and more for a size.</summary>
    public double Ratio => Value / BaselineValue;

    public bool? Met => Aim?.IsMetBy(Value);
}
