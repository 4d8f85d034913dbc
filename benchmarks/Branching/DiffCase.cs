using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;
using Dendrite.Storage;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.Benchmarks.Branching;

/// <summary>
/// What differs between two branches that see a large dataset and wrote a few of its records, documents included.
/// </summary>
internal sealed class DiffCase(BenchmarkPlatform platform, BranchingSize size, RecordFill records)
{
    private const string Baseline = "EXCEPT over two tables";
    private const double MostMilliseconds = 5;
    private const int Diffs = 200;
    private const double Tail = 0.99;

    private readonly PlatformDatabase database = new(platform.Branch);

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await records.AddSmallAsync(size, cancellationToken);
        await MeasureAsync(RecordFill.SmallPair, 0.5, cancellationToken);
        var few = await MeasureAsync(RecordFill.SmallPair, 0.5, cancellationToken);
        await records.EnsureAsync(size, cancellationToken);
        await platform.ArrangeAsync(
            $"""
            CREATE TABLE public.plain_copy AS SELECT * FROM public.plain_row;
            UPDATE public.plain_copy SET document = document || jsonb_build_object('9', 'changed')
            WHERE key IN (SELECT int8send(1 + i * {size.Records / size.DifferingRecords})
                FROM generate_series(0, {size.DifferingRecords - 1}) AS i);
            """
        );
        await platform.TidyAsync("public.plain_copy");
        var compared = await Latencies.MeasureAsync(1, 1, 1, _ => ExceptAsync(cancellationToken));
        var many = await MeasureAsync(RecordFill.Pair, 0.5, cancellationToken);
        var name = $"diff of {size.Records:#,0} records, {size.DifferingRecords} written by each side";
        yield return new BenchmarkResult(name, "ms", many, Baseline, compared, Aim.AtMost(MostMilliseconds));
        yield return new BenchmarkResult(name, "ms", many, $"the same of {size.FewRecords:#,0}", few, null);
        var tail = await MeasureAsync(RecordFill.Pair, Tail, cancellationToken);
        yield return new BenchmarkResult($"{name}, p99", "ms", tail, Baseline, compared, null);
    }

    private async Task<Series> MeasureAsync(
        (string A, string B) pair,
        double share,
        CancellationToken cancellationToken
    )
    {
        var diverged = new DivergedRecords(database);
        var view = DivergedView.Of(
            platform.ProjectId,
            await HeadAsync(pair.A, cancellationToken),
            await HeadAsync(pair.B, cancellationToken)
        );
        return await Latencies.MeasureAsync(
            size.Rounds,
            Diffs,
            share,
            _ => diverged.ListAsync(view, DivergedSides.None, null, 10 * size.DifferingRecords, cancellationToken)
        );
    }

    private async Task<Snapshot> HeadAsync(string branch, CancellationToken cancellationToken)
    {
        var snapshots = new SnapshotReader(database);
        var head = await snapshots.ReadAsync(platform.ProjectId, branch, SnapshotPoint.Head, cancellationToken);
        return head.Snapshot;
    }

    private async Task ExceptAsync(CancellationToken cancellationToken)
    {
        await using var command = platform.Owner.CreateCommand(
            """
            SELECT key, document FROM public.plain_row EXCEPT SELECT key, document FROM public.plain_copy
            """
        );
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) { }
    }
}
