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

    // Forks first: their baseline copies the whole database, which the rest would only make larger.
    public IReadOnlyList<string> Parts => ["forks", "creates", "diff", "records", "merges", "load", "clients"];

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        Selection selection,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var platform = await BenchmarkPlatform.StartAsync(cancellationToken);
        var size = BranchingSize.For(selection.Extent);
        var records = new RecordFill(platform);
        var loads = new LoadCase(platform, size);
        foreach (var part in selection.Parts.Count > 0 ? selection.Parts : Parts)
        {
            var results = part switch
            {
                "forks" => new ForkCases(platform, size).RunAsync(cancellationToken),
                "creates" => new CreateRateCase(platform, size).RunAsync(cancellationToken),
                "diff" => new DiffCase(platform, size, records).RunAsync(cancellationToken),
                "records" => new RecordCases(platform, size, records).RunAsync(cancellationToken),
                "merges" => new MergeCase(platform, size).RunAsync(cancellationToken),
                "load" => loads.RunAsync(cancellationToken),
                _ => new ClientsCase(platform, size, loads).RunAsync(cancellationToken),
            };
            await foreach (var result in results)
            {
                yield return result;
            }
        }
    }
}
