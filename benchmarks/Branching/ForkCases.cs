using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;
using Dendrite.Storage;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;

namespace Dendrite.Benchmarks.Branching;

/// <summary>
/// Making one branch of main, at growing sizes and after many merges: at the server, without the way over gRPC.
/// </summary>
internal sealed class ForkCases(BenchmarkPlatform platform, BranchingSize size)
{
    private const double Tail = 0.99;
    private const double MostMilliseconds = 10;
    private const int Copies = 1;
    private int forks;

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var fill = new SignalFill(platform);
        await MeasureAsync(cancellationToken);
        var firstDay = await MeasureAsync(cancellationToken);
        foreach (var bytes in size.DataBytes)
        {
            await fill.FillToAsync(bytes);
            var copied = await CopiedDatabase.MeasureAsync(platform, Copies);
            var forked = await MeasureAsync(cancellationToken);
            yield return new BenchmarkResult(
                $"create a branch of {bytes / 1e6:#,0} MB, p99",
                "ms",
                forked,
                CopiedDatabase.Name,
                copied,
                Aim.AtMost(MostMilliseconds)
            );
        }

        await new MergedExperiments(platform).AddAsync(size.MergedExperiments, cancellationToken);
        yield return new BenchmarkResult(
            $"create a branch after {size.MergedExperiments:#,0} merged experiments, p99",
            "ms",
            await MeasureAsync(cancellationToken),
            "on the first day",
            firstDay,
            Aim.AtMost(MostMilliseconds)
        );
    }

    private Task<Series> MeasureAsync(CancellationToken cancellationToken)
    {
        var database = new PlatformDatabase(platform.Branch);
        var writer = new BranchWriter(database, new BranchStore(database), new IdempotencyStore(database));
        var forker = new BranchForker(database, new SnapshotReader(database), writer);
        return Latencies.MeasureAsync(
            size.Rounds,
            size.Forks,
            Tail,
            _ =>
            {
                var name = $"fork-{++forks}";
                var branch = new NewBranch(name, Guid.CreateVersion7(), "main", SnapshotPoint.Head) { Owner = "lab" };
                var mutation = new Mutation("lab", "CreateBranch", name);
                return forker.CreateAsync(platform.ProjectId, branch, mutation, cancellationToken);
            }
        );
    }
}
