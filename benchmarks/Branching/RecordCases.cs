using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;

namespace Dendrite.Benchmarks.Branching;

/// <summary>
/// Reading and writing records through a branch, beside the same table without versions. One client, no gRPC: what
/// versions cost, and nothing else.
/// </summary>
internal sealed class RecordCases(BenchmarkPlatform platform, BranchingSize size, RecordFill records)
{
    private const double MostTimesThePlain = 1.5;
    private const string AllOf = "read all";
    private const int RangeLength = 1_000;
    private const int SmallCommit = 100;
    private const int LargeCommit = 10_000;
    private const double MicrosecondsPerSecond = 1e6;

    private readonly Random random = new(4711);

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await records.EnsureAsync(size, cancellationToken);
        var plain = new PlainTable(platform);
        var branch = new BranchTable(platform, "records-a", new(RecordFill.Dataset));
        var contest = new Contest(size.Rounds, size.Round, size.Round * 2) { FewestOperations = 1 };
        foreach (var (name, operation) in Cases(cancellationToken))
        {
            var isLong = name.StartsWith(AllOf, StringComparison.Ordinal);
            var (ours, theirs) = await (isLong ? contest with { Rounds = size.LongRounds } : contest).RunAsync(
                new Contender("branch", count => RepeatAsync(count, () => operation(branch))),
                new Contender(PlainTable.Name, count => RepeatAsync(count, () => operation(plain))),
                cancellationToken
            );
            var baseline = Microseconds(theirs);
            yield return new BenchmarkResult(
                name,
                "µs",
                Microseconds(ours),
                PlainTable.Name,
                baseline,
                Aim.AtMost(Math.Round(baseline.Median * MostTimesThePlain))
            );
        }
    }

    private IEnumerable<(string Name, Func<IRecordTable, Task> Operation)> Cases(CancellationToken cancellationToken)
    {
        var among = $"of {size.Records:#,0}";
        yield return ($"read a record {among}", table => table.GetAsync([Any()], cancellationToken));
        yield return (
            $"read a range of {RangeLength:#,0}",
            table => table.RangeAsync(Any(), RangeLength, cancellationToken)
        );
        yield return ($"{AllOf} {among}", table => table.ScanAsync(cancellationToken));
        yield return ("commit one record", table => table.WriteAsync([Any()], cancellationToken));
        foreach (var count in new[] { SmallCommit, LargeCommit })
        {
            yield return (
                $"commit {count:#,0} records",
                table => table.WriteAsync([.. Distinct(Math.Min(count, size.Records / 2))], cancellationToken)
            );
        }

        yield return ("a mix like TPC-C's, a transaction", table => MixAsync(table, cancellationToken));
    }

    /// <summary>
    /// The shares and sizes of TPC-C's five transactions, on records: an order reads ten and writes eleven, a payment
    /// reads and writes three, a delivery writes ten; order status and stock level read ranges.
    /// </summary>
    private async Task MixAsync(IRecordTable table, CancellationToken cancellationToken)
    {
        var dice = random.Next(100);
        if (dice < 45)
        {
            await table.TransactAsync([.. Distinct(10)], [.. Distinct(11)], cancellationToken);
        }
        else if (dice < 88)
        {
            long[] touched = [.. Distinct(3)];
            await table.TransactAsync(touched, touched, cancellationToken);
        }
        else if (dice < 92)
        {
            await table.WriteAsync([.. Distinct(10)], cancellationToken);
        }
        else
        {
            await table.RangeAsync(Any(), dice < 96 ? 20 : 200, cancellationToken);
        }
    }

    private long Any() => random.NextInt64(1, size.Records + 1);

    private IEnumerable<long> Distinct(int count)
    {
        var seen = new HashSet<long>(count);
        while (seen.Count < count)
        {
            seen.Add(Any());
        }

        return seen;
    }

    private static async Task RepeatAsync(int count, Func<Task> operation)
    {
        for (var i = 0; i < count; i++)
        {
            await operation();
        }
    }

    private static Series Microseconds(Outcome outcome) =>
        new([
            MicrosecondsPerSecond / outcome.RatePerSecond.Maximum,
            MicrosecondsPerSecond / outcome.RatePerSecond.Median,
            MicrosecondsPerSecond / outcome.RatePerSecond.Minimum,
        ]);
}
