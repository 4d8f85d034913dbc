using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;

namespace Dendrite.Benchmarks.Branching;

/// <summary>
/// What branches cost: to make, to compare, to merge, to read and write through. PostgreSQL flushes every commit to
/// disk, as in production.
/// </summary>
/// <remarks>
/// Goals: show that making a branch takes the same time at any size and after any number of merges; hold each figure
/// beside what a lab would do without branches, on the same server in the same run. Not a goal: what a network or a
/// second machine changes.
/// </remarks>
internal sealed class BranchingBenchmark : IBenchmark
{
    public string Name => "branching";

    public string Summary => "making, comparing, merging and reading branches, against copies and plain tables";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        Extent extent,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var platform = await BenchmarkPlatform.StartAsync(cancellationToken);
        var size = BranchingSize.For(extent);
        // Forks first: their baseline copies the whole database, which the rest would only make larger.
        IAsyncEnumerable<BenchmarkResult>[] parts =
        [
            new ForkCases(platform, size).RunAsync(cancellationToken),
            new CreateRateCase(platform, size).RunAsync(cancellationToken),
            new DiffCase(platform, size).RunAsync(cancellationToken),
            new RecordCases(platform, size).RunAsync(cancellationToken),
            new MergeCase(platform, size).RunAsync(cancellationToken),
        ];
        foreach (var part in parts)
        {
            await foreach (var result in part)
            {
                yield return result;
            }
        }
    }
}
