using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Branching;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;

namespace Dendrite.Benchmarks.Comparison;

/// <summary>What it costs a caller to learn what differs between two branches, over gRPC.</summary>
/// <remarks>
/// Goals: show that a diff costs what differs and not what is there; hold it beside reading everything, in the same
/// run. Not a goal: branches that differ everywhere, where every way reads everything.
/// </remarks>
internal sealed class ComparisonBenchmark : IBenchmark
{
    public string Name => "comparison";

    public string Summary => "what differs between two branches, against reading both";

    public IReadOnlyList<string> Parts => ["records", "samples"];

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        Selection selection,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var platform = await BenchmarkPlatform.StartAsync(cancellationToken);
        var size = ComparisonSize.For(selection.Extent);
        foreach (var part in selection.Parts.Count > 0 ? selection.Parts : Parts)
        {
            var results =
                part == "records"
                    ? new RecordDiffCase(platform, size).RunAsync(cancellationToken)
                    : new SampleDiffCase(platform, size).RunAsync(cancellationToken);
            await foreach (var result in results)
            {
                yield return result;
            }
        }
    }
}
