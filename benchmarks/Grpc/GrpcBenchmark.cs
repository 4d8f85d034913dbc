using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;

namespace Dendrite.Benchmarks.Grpc;

/// <summary>
/// What gRPC costs above the HTTP/2 that it runs on: client and server in one process, over the loopback, without
/// TLS.
/// </summary>
/// <remarks>
/// Goals: a figure for each kind of call to hold beside the official gRPC for .NET (the aims are its figures, on two
/// cores) and beside the same bytes without gRPC. Not a goal: what a network adds, what TLS costs, how many clients a
/// server bears.
/// </remarks>
internal sealed class GrpcBenchmark : IBenchmark
{
    private const string Baseline = "HTTP/2 without gRPC";
    private const double BytesPerMegabyte = 1e6;

    public string Name => "grpc";

    public string Summary => "calls and streams of messages, against plain HTTP/2 requests with the same bytes";

    public IReadOnlyList<string> Parts => [];

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        Selection selection,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var extent = selection.Extent;
        await using var host = await EchoHost.StartAsync(cancellationToken);
        using var grpc = new GrpcEcho(host.Address);
        using var raw = new RawEcho(host.Address);
        var contest = Contest.For(extent);

        foreach (var measured in GrpcCase.All.Where(each => extent == Extent.Full || !each.OnlyInFull))
        {
            var (subject, baseline) = await contest.RunAsync(
                new Contender("gRPC", count => measured.ByGrpc(grpc, count)),
                new Contender(Baseline, count => measured.ByHttp(raw, count)),
                cancellationToken
            );
            yield return Rate(measured, subject, baseline);
            yield return Allocation(measured, subject, baseline);
            yield return Processor(measured, subject, baseline);
        }
    }

    private static BenchmarkResult Rate(GrpcCase measured, Outcome subject, Outcome baseline)
    {
        var factor = measured.MessageSizeBytes is { } size ? size / BytesPerMegabyte : 1;
        return new BenchmarkResult(
            measured.Name,
            measured.MessageSizeBytes is null ? "calls/s" : "MB/s",
            subject.RatePerSecond.Times(factor),
            Baseline,
            baseline.RatePerSecond.Times(factor),
            measured.OfficialRate is { } rate ? Aim.AtLeast(rate) : null
        );
    }

    private static string Counted(GrpcCase measured) => measured.MessageSizeBytes is null ? "call" : "message";

    private static BenchmarkResult Processor(GrpcCase measured, Outcome subject, Outcome baseline) =>
        new(
            $"{measured.Name}: processor",
            $"µs/{Counted(measured)}",
            subject.ProcessorMicroseconds,
            Baseline,
            baseline.ProcessorMicroseconds,
            Aim: null
        );

    private static BenchmarkResult Allocation(GrpcCase measured, Outcome subject, Outcome baseline) =>
        new(
            $"{measured.Name}: allocated",
            $"B/{Counted(measured)}",
            subject.AllocatedBytes,
            Baseline,
            baseline.AllocatedBytes,
            measured.OfficialAllocation is { } bytes ? Aim.AtMost(bytes) : null
        );
}
