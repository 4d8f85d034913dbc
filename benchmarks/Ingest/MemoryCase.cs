using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Ingest.Gateways;
using Dendrite.Benchmarks.Reporting;

namespace Dendrite.Benchmarks.Ingest;

/// <summary>
/// What service and gateways hold of the memory over a long run at full speed: the same at its end as after its first
/// quarter.
/// </summary>
internal sealed class MemoryCase(IngestPlatform platform, IngestSize size)
{
    private const string Baseline = "after the first quarter";
    private const double BytesPerMegabyte = 1e6;
    private const double GigabytesPerBlockByte = 1e-9;

    public async IAsyncEnumerable<BenchmarkResult> RunAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var shape = new RecordingShape(size.Channels, 30_000, size.SamplesPerBlock, SampleSource.Broadband);
        await using var load = await platform.OpenGatewaysAsync(1, 1, shape);
        var looks = new List<(double Service, double Gateways)>();
        for (var look = 0; look < size.MemoryLooks; look++)
        {
            cancellation.ThrowIfCancellationRequested();
            await load.WriteAsync(size.MemoryBlocks);
            var (service, gateways) = platform.WorkingSets();
            looks.Add((service / BytesPerMegabyte, gateways / BytesPerMegabyte));
        }

        var quarter = Math.Max(1, size.MemoryLooks / 4);
        var gigabytes = size.MemoryLooks * size.MemoryBlocks * shape.BlockSamples * 2 * GigabytesPerBlockByte;
        yield return Result("service", look => look.Service);
        yield return Result("gateways", look => look.Gateways);

        BenchmarkResult Result(string part, Func<(double Service, double Gateways), double> value) =>
            new(
                $"memory of the {part} after {gigabytes:0.0} GB of samples",
                "MB",
                new(looks.TakeLast(quarter).Select(value)),
                Baseline,
                new(looks.Take(quarter).Select(value)),
                null
            );
    }
}
