namespace Dendrite.Benchmarks.Scheduling;

/// <summary>One of two schedulers with jobs that do nothing.</summary>
internal interface IContendingScheduler
{
    string Name { get; }

    /// <summary>
    /// Has the jobs come due from an instant on, each once, spread evenly, and waits until all have run.
    /// </summary>
    /// <param name="spread">Zero: all at once.</param>
    Task<Round> RunAsync(int jobs, TimeSpan spread, CancellationToken cancellationToken);
}

/// <summary>What a round showed.</summary>
/// <param name="Delays">From due to begun.</param>
/// <param name="Elapsed">From the first due time until the last run had begun.</param>
/// <param name="Processor">Processor time of this process meanwhile.</param>
/// <param name="Transactions">Of the database meanwhile.</param>
internal sealed record Round(DelayLog Delays, TimeSpan Elapsed, TimeSpan Processor, long Transactions);
