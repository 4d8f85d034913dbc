using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;

namespace Dendrite.Benchmarks;

/// <summary>
/// A benchmark of the whole system, run by name. It measures beside a baseline in the same run, so that its ratios
/// hold on any machine, and takes less than three minutes on two cores unless it is asked for everything.
/// </summary>
public interface IBenchmark
{
    /// <summary>What it is run by.</summary>
    string Name { get; }

    /// <summary>What it measures, against what: one line.</summary>
    string Summary { get; }

    /// <summary>What of it can be run alone, in the order in which all are run; empty: it runs whole.</summary>
    IReadOnlyList<string> Parts { get; }

    /// <summary>Measures; each result comes out as it is done.</summary>
    IAsyncEnumerable<BenchmarkResult> RunAsync(Selection selection, CancellationToken cancellationToken);
}
