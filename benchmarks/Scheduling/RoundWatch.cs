using Npgsql;

namespace Dendrite.Benchmarks.Scheduling;

/// <summary>Waits until all jobs of a round have run, and takes its figures.</summary>
internal sealed class RoundWatch(NpgsqlDataSource database, int jobs)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Time to be ready before the first job is due.</summary>
    public static TimeSpan Lead { get; } = TimeSpan.FromSeconds(3);

    public DelayLog Delays { get; } = new();

    /// <param name="first">When the first job is due.</param>
    public async Task<Round> UntilAllRanAsync(DateTimeOffset first, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        var (processor, transactions) = (Environment.CpuUsage.TotalTime, await TransactionsAsync(limit.Token));
        while (Delays.Count < jobs)
            await Task.Delay(Look, limit.Token);
        if (Delays.Twice > 0)
            throw new InvalidOperationException($"{Delays.Twice} jobs ran twice: there is nothing to measure.");
        return new(
            Delays,
            Delays.Last - first,
            Environment.CpuUsage.TotalTime - processor,
            await TransactionsAsync(limit.Token) - transactions
        );
    }

    private async Task<long> TransactionsAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        );
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
