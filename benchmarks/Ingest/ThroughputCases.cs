using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Ingest.Gateways;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;

namespace Dendrite.Benchmarks.Ingest;

/// <summary>
/// How many samples a second become durable: from the gateways' process, encoded there, through gRPC, checked in the
/// service, committed. Counted when they are acknowledged.
/// </summary>
internal sealed class ThroughputCases(IngestPlatform platform, IngestSize size)
{
    private const string Copy = "COPY BINARY of the same raw samples";
    private const string Rows = "INSERT of rows with NUMERIC[], ON CONFLICT DO NOTHING";
    private const double Million = 1e6;
    private const int RateHz = 30_000;
    private const double AimMillions = 60;
    private const double AimOverRows = 100;

    private RecordingShape Array => new(size.Channels, RateHz, size.SamplesPerBlock, SampleSource.Broadband);

    /// <summary>Lets the runtime compile all that blocks pass through, in every process.</summary>
    public async Task WarmUpAsync()
    {
        await using var load = await platform.OpenGatewaysAsync(1, 1, Array);
        await load.WriteAsync(size.WarmUpBlocks);
    }

    /// <summary>One gateway; the same as devices deliver samples.</summary>
    public async IAsyncEnumerable<BenchmarkResult> OneAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var result in AgainstCopyAsync(1, 1, Array, cancellation))
        {
            yield return result;
        }

        await foreach (var result in AgainstCopyAsync(1, 1, Array with { IsInterleaved = true }, cancellation))
        {
            yield return result;
        }
    }

    /// <summary>A real recording, where it is on this machine.</summary>
    public IAsyncEnumerable<BenchmarkResult> RealAsync(CancellationToken cancellation) =>
        RealEphys.Find() is null
            ? AsyncEnumerable.Empty<BenchmarkResult>()
            : AgainstCopyAsync(1, 1, Array with { Source = SampleSource.RealEphys }, cancellation);

    /// <summary>Many gateways, on a branch each and all on one.</summary>
    public async IAsyncEnumerable<BenchmarkResult> ManyAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var (gateways, branches) in size.Many)
        {
            await foreach (var result in AgainstCopyAsync(gateways, branches, Array, cancellation))
            {
                yield return result;
            }
        }
    }

    /// <summary>Against what labs do today, and against the kindest form of it.</summary>
    public async IAsyncEnumerable<BenchmarkResult> RowsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        yield return await AgainstRowsAsync(StorageWay.Rows, 1, cancellation);
        yield return await AgainstRowsAsync(StorageWay.WideRows, size.Channels, cancellation);
    }

    private async Task<BenchmarkResult> AgainstRowsAsync(
        StorageWay way,
        int channelsPerRow,
        CancellationToken cancellation
    )
    {
        await using var ours = await platform.OpenGatewaysAsync(1, 1, Array);
        await using var theirs = await platform.OpenBaselineAsync(way, 1, Array);
        var (subject, baseline) = await size.Contest.RunAsync(
            new Contender("ours", ours.WriteAsync),
            new Contender(Rows, theirs.WriteAsync),
            cancellation
        );
        var plain = baseline.RatePerSecond.Times(channelsPerRow / Million);
        var isHabit = way == StorageWay.Rows;
        return new(
            isHabit ? "1 gateway, beside a row for each sample" : "1 gateway, beside a row for each instant",
            "M samples/s",
            subject.RatePerSecond.Times(Array.BlockSamples / Million),
            Rows,
            plain,
            isHabit ? Aim.AtLeast(Math.Ceiling(AimOverRows * plain.Median)) : null
        );
    }

    private async IAsyncEnumerable<BenchmarkResult> AgainstCopyAsync(
        int gateways,
        int branches,
        RecordingShape shape,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await using var ours = await platform.OpenGatewaysAsync(gateways, branches, shape);
        await using var theirs = await platform.OpenBaselineAsync(StorageWay.Copy, gateways, shape);
        var costs = new WrittenCosts(platform);
        var (subject, baseline) = await size.Contest.RunAsync(
            new Contender("ours", count => costs.OfOursAsync(count, ours.WriteAsync)),
            new Contender(Copy, count => costs.OfTheirsAsync(count, theirs.WriteAsync)),
            cancellation
        );
        var name = Name(gateways, branches, shape, ours.BitsPerSample);
        var perSecond = shape.BlockSamples / Million;
        var copied = baseline.RatePerSecond.Times(perSecond);
        var aim = Math.Max(AimMillions, Math.Ceiling(copied.Median));
        yield return new(
            name,
            "M samples/s",
            subject.RatePerSecond.Times(perSecond),
            Copy,
            copied,
            shape.IsInterleaved ? null : Aim.AtLeast(aim)
        );
        foreach (var result in costs.Results(name, shape.BlockSamples, Copy))
        {
            yield return result;
        }
    }

    private static string Name(int gateways, int branches, RecordingShape shape, double bits)
    {
        var who =
            gateways == 1 ? "1 gateway"
            : branches == 1 ? $"{gateways} gateways, one branch"
            : $"{gateways} gateways, {branches} branches";
        var what = shape.Source == SampleSource.RealEphys ? "real ephys" : "broadband";
        var order = shape.IsInterleaved ? ", interleaved" : "";
        return $"{who}, {what} of {bits:0.0} bits{order}";
    }
}
