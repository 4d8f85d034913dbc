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
    private const int Diffs = 50;
    private const double Tail = 0.99;

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
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
        var database = new PlatformDatabase(platform.Branch);
        var diverged = new DivergedRecords(database);
        var view = DivergedView.Of(
            platform.ProjectId,
            await HeadAsync(database, "records-a", cancellationToken),
            await HeadAsync(database, "records-b", cancellationToken)
        );
        var ours = await Latencies.MeasureAsync(
            size.Rounds,
            Diffs,
            Tail,
            _ => diverged.ListAsync(view, DivergedSides.None, null, 10 * size.DifferingRecords, cancellationToken)
        );
        yield return new BenchmarkResult(
            $"diff of {size.Records:#,0} records, {size.DifferingRecords} written by each side, p99",
            "ms",
            ours,
            Baseline,
            compared,
            Aim.AtMost(MostMilliseconds)
        );
    }

    private async Task<Snapshot> HeadAsync(
        PlatformDatabase database,
        string branch,
        CancellationToken cancellationToken
    )
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
