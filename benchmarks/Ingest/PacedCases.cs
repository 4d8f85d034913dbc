using System.Diagnostics;
using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Ingest.Gateways;
using Dendrite.Benchmarks.Reporting;

namespace Dendrite.Benchmarks.Ingest;

/// <summary>
/// Devices at their own pace: how long after its last sample a block is acknowledged, which is when it is durable, and
/// what the machine has to do for it.
/// </summary>
internal sealed class PacedCases(IngestPlatform platform, IngestSize size)
{
    private const string Baseline = "COPY BINARY of the raw block and COMMIT, straight to PostgreSQL";
    private const int BlocksPerSecond = 4;
    private const int BedsideHz = 256;
    private const int BedsideChannels = 64;

    private static RecordingShape Bedside =>
        new(BedsideChannels, BedsideHz, BedsideHz / BlocksPerSecond, SampleSource.Eeg);

    /// <summary>One array at 30 kHz; one bedside amplifier.</summary>
    public async IAsyncEnumerable<BenchmarkResult> LatencyAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var array = new RecordingShape(size.Channels, 30_000, size.SamplesPerBlock, SampleSource.Broadband);
        await foreach (var result in MeasureAsync(1, array, cancellation))
        {
            yield return result;
        }

        await foreach (var result in MeasureAsync(1, Bedside, cancellation))
        {
            yield return result;
        }
    }

    /// <summary>Every bed of a hospital, on one branch.</summary>
    public IAsyncEnumerable<BenchmarkResult> HospitalAsync(CancellationToken cancellation) =>
        MeasureAsync(size.HospitalGateways, Bedside, cancellation);

    private async IAsyncEnumerable<BenchmarkResult> MeasureAsync(
        int gateways,
        RecordingShape shape,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await using var ours = await platform.OpenGatewaysAsync(gateways, 1, shape);
        await using var theirs = await platform.OpenBaselineAsync(StorageWay.Copy, gateways, shape);
        var (subject, baseline) = (new List<Paced>(), new List<Paced>());
        for (var round = -1; round < size.PacedRounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (mine, other) = (await RunAsync(ours), await RunAsync(theirs));
            // The first of each is for the runtime to compile.
            if (round >= 0)
            {
                subject.Add(mine);
                baseline.Add(other);
            }
        }

        var name = $"{gateways} x {shape.Channels:#,0} channels, {shape.RateHz:#,0} Hz";
        yield return Result($"{name}: durable, p50", "ms", each => each.Report.LatencyP50);
        yield return Result($"{name}: durable, p99", "ms", each => each.Report.LatencyP99);
        yield return Result($"{name}: processor, gateways", "% of a core", each => each.Percent(each.Times.Gateways));
        yield return Result($"{name}: processor, service", "% of a core", each => each.Percent(each.Times.Service));
        yield return Result($"{name}: processor, PostgreSQL", "% of a core", each => each.Percent(each.Times.Postgres));

        BenchmarkResult Result(string what, string unit, Func<Paced, double> value) =>
            new(what, unit, new(subject.Select(value)), Baseline, new(baseline.Select(value)), null);
    }

    private async Task<Paced> RunAsync(GatewayLoad load)
    {
        var before = platform.ProcessorTimes();
        var start = Stopwatch.GetTimestamp();
        var report = await load.WriteAtPaceAsync(size.PacedRound);
        return new(report, platform.ProcessorTimes().Since(before), Stopwatch.GetElapsedTime(start));
    }

    private sealed record Paced(GatewayReport Report, PartTimes Times, TimeSpan Length)
    {
        public double Percent(TimeSpan spent) => 100 * (spent / Length);
    }
}
