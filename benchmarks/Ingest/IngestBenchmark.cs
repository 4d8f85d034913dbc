using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;

namespace Dendrite.Benchmarks.Ingest;

/// <summary>
/// What it takes to make samples durable: gateways, service and PostgreSQL, each a process of its own, share this
/// machine; PostgreSQL flushes every commit to disk, as in production.
/// </summary>
/// <remarks>
/// Goals: how many samples a second, beside the fastest that PostgreSQL does with the raw ones and beside what labs do;
/// how soon they are durable; how much memory. Not a goal: what a network adds, or TLS.
/// </remarks>
internal sealed class IngestBenchmark : IBenchmark
{
    public string Name => "ingest";

    public string Summary => "samples from gateways to committed rows, against COPY of the raw ones and rows of them";

    public IReadOnlyList<string> Parts => ["throughput", "ephys", "gateways", "rows", "latency", "hospital", "memory"];

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        Selection selection,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var platform = await IngestPlatform.StartAsync(cancellationToken);
        var size = IngestSize.For(selection.Extent);
        var throughput = new ThroughputCases(platform, size);
        var paced = new PacedCases(platform, size);
        await throughput.WarmUpAsync();
        foreach (var part in selection.Parts.Count > 0 ? selection.Parts : Parts)
        {
            var results = part switch
            {
                "throughput" => throughput.OneAsync(cancellationToken),
                "ephys" => throughput.RealAsync(cancellationToken),
                "gateways" => throughput.ManyAsync(cancellationToken),
                "rows" => throughput.RowsAsync(cancellationToken),
                "latency" => paced.LatencyAsync(cancellationToken),
                "hospital" => paced.HospitalAsync(cancellationToken),
                _ => new MemoryCase(platform, size).RunAsync(cancellationToken),
            };
            await foreach (var result in results)
            {
                yield return result;
            }
        }
    }
}
