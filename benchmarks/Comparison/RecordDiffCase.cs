using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Branching;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;
using Dendrite.V1;

namespace Dendrite.Benchmarks.Comparison;

/// <summary>
/// Two branches that differ in a few of many records: how many do (DiffBranches), and which, with their cells
/// (ListRecordDifferences).
/// </summary>
internal sealed class RecordDiffCase(BenchmarkPlatform platform, ComparisonSize size)
{
    private const string Baseline = "EXCEPT over two tables";
    private const double MostMilliseconds = 5;
    private const double Middle = 0.5;
    private const double Tail = 0.99;

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        Series? fewest = null;
        foreach (var records in size.Records)
        {
            var pair = new ComparedRecords(platform, records, size.Changes);
            await pair.FillAsync(cancellationToken);
            await pair.FillPlainAsync();
            var except = await Latencies.MeasureAsync(1, 1, 1, _ => ExceptAsync(pair, cancellationToken));
            // Plans, caches and compiled code, as of a service that is in use.
            await MeasureAsync(Middle, () => CountAsync(pair, cancellationToken));
            var name = $"{size.Changes} of {records:#,0} records differ";
            var counted = await MeasureAsync(Middle, () => CountAsync(pair, cancellationToken));
            var tail = await MeasureAsync(Tail, () => CountAsync(pair, cancellationToken));
            var listed = await MeasureAsync(Middle, () => ListAsync(pair, cancellationToken));
            var aim = Aim.AtMost(MostMilliseconds);
            yield return new($"{name}: counted", "ms", counted, Baseline, except, aim);
            yield return new($"{name}: counted, p99", "ms", tail, Baseline, except, aim);
            yield return new($"{name}: listed with cells", "ms", listed, Baseline, except, aim);
            fewest ??= counted;
            if (counted != fewest)
            {
                yield return new($"{name}: counted", "ms", counted, $"the same of {size.Records[0]:#,0}", fewest, null);
            }
        }
    }

    private Task<Series> MeasureAsync(double share, Func<Task> call) =>
        Latencies.MeasureAsync(size.Rounds, size.Calls, share, _ => call());

    private async Task CountAsync(ComparedRecords pair, CancellationToken cancellationToken)
    {
        var request = new DiffBranchesRequest
        {
            Project = $"projects/{BenchmarkPlatform.Project}",
            Comparand = Of(pair),
        };
        var diff = await platform.Comparisons.DiffBranchesAsync(
            request,
            platform.Key,
            cancellationToken: cancellationToken
        );
        Expect(diff.Counts.RecordsChanged);
    }

    private async Task ListAsync(ComparedRecords pair, CancellationToken cancellationToken)
    {
        var request = new ListRecordDifferencesRequest
        {
            Project = $"projects/{BenchmarkPlatform.Project}",
            Comparand = Of(pair),
        };
        var page = await platform.Comparisons.ListRecordDifferencesAsync(
            request,
            platform.Key,
            cancellationToken: cancellationToken
        );
        Expect(page.Differences.Count);
    }

    /// <summary>A benchmark of a wrong answer says nothing.</summary>
    private void Expect(long found)
    {
        if (found != size.Changes)
        {
            throw new InvalidOperationException($"{found} records are said to differ; {size.Changes} do.");
        }
    }

    private static Comparand Of(ComparedRecords pair) =>
        new()
        {
            From = new() { Branch = $"projects/{BenchmarkPlatform.Project}/branches/{pair.Old}" },
            To = new() { Branch = $"projects/{BenchmarkPlatform.Project}/branches/{pair.New}" },
        };

    private async Task ExceptAsync(ComparedRecords pair, CancellationToken cancellationToken)
    {
        await using var command = platform.Owner.CreateCommand(
            $"SELECT key, document FROM {pair.PlainCopy} EXCEPT SELECT key, document FROM {pair.Plain}"
        );
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = 0;
        while (await reader.ReadAsync(cancellationToken))
        {
            found++;
        }

        Expect(found);
    }
}
