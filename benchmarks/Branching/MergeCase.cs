using System.Diagnostics;
using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;

namespace Dendrite.Benchmarks.Branching;

/// <summary>
/// Merging an experiment's recording into main over gRPC, checks included, while main has moved on: nothing of the
/// recording is copied.
/// </summary>
internal sealed class MergeCase(BenchmarkPlatform platform, BranchingSize size)
{
    private const string Baseline = "copying its blocks to another table";
    private const double MostMilliseconds = 50;
    private const long OnceFromBytes = 1_000_000_000;

    private readonly SignalFill fill = new(platform);
    private readonly RecordFill branches = new(platform);
    private int experiments;

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        // The first merges of a process are compiled on their way.
        for (var round = 0; round < size.LongRounds; round++)
        {
            await MergeAsync(await ExperimentAsync(1, cancellationToken), cancellationToken);
        }

        foreach (var bytes in size.MergedBytes)
        {
            var (merged, copied) = (new List<double>(), new List<double>());
            // The largest take minutes to record.
            var rounds = bytes > OnceFromBytes ? 1 : size.LongRounds;
            for (var round = 0; round < rounds; round++)
            {
                var experiment = await ExperimentAsync(bytes, cancellationToken);
                merged.Add(await MergeAsync(experiment, cancellationToken));
                copied.Add(await CopyAsync(experiment));
            }

            yield return new BenchmarkResult(
                $"merge an experiment of {bytes / 1e6:#,0} MB",
                "ms",
                new Series(merged),
                Baseline,
                new Series(copied),
                Aim.AtMost(MostMilliseconds)
            );
        }
    }

    /// <summary>A branch with a recording, of a main that goes on meanwhile.</summary>
    private async Task<string> ExperimentAsync(long bytes, CancellationToken cancellationToken)
    {
        var name = $"experiment-{++experiments}";
        await branches.ForkAsync(name, cancellationToken);
        await fill.AddRecordingAsync(name, bytes);
        await fill.AddRecordingAsync("main", 1);
        // It was recorded a while ago: nothing of it is on its way to the disk any more.
        await platform.ArrangeAsync("CHECKPOINT");
        return name;
    }

    private async Task<double> MergeAsync(string experiment, CancellationToken cancellationToken)
    {
        var project = $"projects/{BenchmarkPlatform.Project}";
        var pair = new V1.MergePair
        {
            Source = $"{project}/branches/{experiment}",
            Target = $"{project}/branches/main",
        };
        var start = Stopwatch.GetTimestamp();
        await platform.Merges.MergeBranchAsync(
            new V1.MergeBranchRequest { Pair = pair },
            platform.Key,
            cancellationToken: cancellationToken
        );
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private async Task<double> CopyAsync(string experiment)
    {
        var start = Stopwatch.GetTimestamp();
        await platform.ArrangeAsync(
            $"""
            CREATE TABLE public.copied AS SELECT block.* FROM signals.block
            JOIN branching.branch b USING (project_id, timeline_id) WHERE b.name = '{experiment}'
            """
        );
        var milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        await platform.ArrangeAsync("DROP TABLE public.copied");
        return milliseconds;
    }
}
