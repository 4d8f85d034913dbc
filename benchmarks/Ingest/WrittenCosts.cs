using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;

namespace Dendrite.Benchmarks.Ingest;

/// <summary>What the blocks of a contest cost in processor time, part by part, and in bytes of the log.</summary>
internal sealed class WrittenCosts(IngestPlatform platform)
{
    private const double NanosecondsPerSecond = 1e9;
    private readonly List<Turn> ours = [];
    private readonly List<Turn> theirs = [];

    public Task OfOursAsync(int count, Func<int, Task> write) => MeasureAsync(ours, count, write);

    public Task OfTheirsAsync(int count, Func<int, Task> write) => MeasureAsync(theirs, count, write);

    public IEnumerable<BenchmarkResult> Results(string name, long blockSamples, string baseline)
    {
        var perSample = NanosecondsPerSecond / blockSamples;
        yield return Time("gateways", turn => turn.Times.Gateways);
        yield return Time("service", turn => turn.Times.Service);
        yield return Time("PostgreSQL", turn => turn.Times.Postgres);
        yield return new(
            $"{name}: log written",
            "bytes a sample",
            Of(ours, turn => turn.LogBytes / (double)blockSamples),
            baseline,
            Of(theirs, turn => turn.LogBytes / (double)blockSamples),
            null
        );

        BenchmarkResult Time(string part, Func<Turn, TimeSpan> time) =>
            new(
                $"{name}: {part}",
                "ns a sample",
                Of(ours, turn => time(turn).TotalSeconds * perSample),
                baseline,
                Of(theirs, turn => time(turn).TotalSeconds * perSample),
                null
            );
    }

    /// <summary>The later half: before, the runtime was still compiling.</summary>
    private static Series Of(List<Turn> turns, Func<Turn, double> cost) =>
        new(turns.Skip(turns.Count / 2).Select(turn => cost(turn) / turn.Count));

    private async Task MeasureAsync(List<Turn> turns, int count, Func<int, Task> write)
    {
        var (times, log) = (platform.ProcessorTimes(), await platform.LogBytesAsync());
        await write(count);
        turns.Add(new(count, platform.ProcessorTimes().Since(times), await platform.LogBytesAsync() - log));
    }

    private sealed record Turn(int Count, PartTimes Times, long LogBytes);
}
