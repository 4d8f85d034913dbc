using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Branching;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;

namespace Dendrite.Benchmarks.Scheduling;

/// <summary>Ten thousand jobs: how late they begin, and what a run costs beside its work.</summary>
/// <remarks>
/// Goals: what the record of runs, leases and fencing cost over Quartz alone, in the same database; that what is due is
/// found without looking at what is not. Not a goal: tasks that do something, which cost the same under both.
/// </remarks>
internal sealed class SchedulerBenchmark : IBenchmark
{
    private const double MicrosecondsPerSecond = 1e6;

    public string Name => "scheduler";

    public string Summary => "10,000 jobs that do nothing, against Quartz alone in the same PostgreSQL";

    public IReadOnlyList<string> Parts => ["steady", "burst"];

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        Selection selection,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var platform = await BenchmarkPlatform.StartAsync(cancellationToken);
        var size = SchedulingSize.For(selection.Extent);
        var (own, plain) = (new OwnScheduler(platform), new PlainQuartz(platform));
        // Compiled by then, both of them.
        await own.RunAsync(Math.Min(size.Jobs, 200), TimeSpan.Zero, cancellationToken);
        await plain.RunAsync(Math.Min(size.Jobs, 200), TimeSpan.Zero, cancellationToken);
        foreach (var part in selection.Parts.Count > 0 ? selection.Parts : Parts)
        {
            var spread = part == "steady" ? size.Spread : TimeSpan.Zero;
            var ours = await own.RunAsync(size.Jobs, spread, cancellationToken);
            var theirs = await plain.RunAsync(size.Jobs, spread, cancellationToken);
            var what = part == "steady" ? $"over {spread.TotalSeconds:0} s" : "all at once";
            foreach (var result in Figures($"{size.Jobs:#,0} jobs {what}", (ours, theirs), size.Jobs, plain.Name))
                yield return result;
        }
    }

    private static IEnumerable<BenchmarkResult> Figures(
        string name,
        (Round Ours, Round Theirs) round,
        int jobs,
        string baseline
    )
    {
        var (ours, theirs) = round;
        foreach (var (share, shown) in new[] { (0.5, "p50"), (0.99, "p99") })
        {
            yield return new(
                $"{name}, due to begun, {shown}",
                "ms",
                ours.Delays.Share(share),
                baseline,
                theirs.Delays.Share(share),
                Aim: null
            );
        }

        yield return new(
            $"{name}, first due to last begun",
            "runs/s",
            new([jobs / ours.Elapsed.TotalSeconds]),
            baseline,
            new([jobs / theirs.Elapsed.TotalSeconds]),
            Aim: null
        );
        yield return new(
            $"{name}, processor of the scheduler",
            "us/run",
            new([ours.Processor.TotalSeconds * MicrosecondsPerSecond / jobs]),
            baseline,
            new([theirs.Processor.TotalSeconds * MicrosecondsPerSecond / jobs]),
            Aim: null
        );
        yield return new(
            $"{name}, transactions",
            "/run",
            new([(double)ours.Transactions / jobs]),
            baseline,
            new([(double)theirs.Transactions / jobs]),
            Aim: null
        );
    }
}
