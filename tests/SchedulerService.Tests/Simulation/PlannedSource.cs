using System.Collections.Concurrent;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Simulation;

/// <summary>
/// Stands for a source outside that fails by a seeded plan: the n-th first tries of a due time, all, or none. It writes
/// down every deed, so that one too many or one too few shows.
/// </summary>
internal sealed class PlannedSource(SourcePlan plan, Mortality mortality) : IJobTask
{
    private const int Steps = 3;

    public JobTask.TaskOneofCase Kind => JobTask.TaskOneofCase.SyncSource;

    public async Task<RunOutcome> RunAsync(RunContext run, CancellationToken cancellationToken)
    {
        var due = (run.Job.Job, run.Run.ScheduledTime!.Value);
        for (var step = 0; step < Steps; step++)
        {
            await mortality.PassAsync();
            run.Lease.ThrowIfLost();
        }

        if (plan.Fails(due))
            throw new IOException("The source does not answer.");
        plan.Deeds.Add((run.Job.Job, run.Run.ScheduledTime.Value, run.Run.Id));
        return new(Storage.Scheduling.RunState.Succeeded, "Fetched.", new Dictionary<string, long>());
    }
}

/// <summary>How sources fail, and what they did, over all replicas. Thread-safe.</summary>
internal sealed class SourcePlan(int seed)
{
    private readonly ConcurrentDictionary<(string Job, DateTimeOffset Due), int> tries = new();

    /// <summary>What was fetched, for which due time, by which run.</summary>
    public ConcurrentBag<(string Job, DateTimeOffset Due, Guid Run)> Deeds { get; } = [];

    /// <summary>How many tries of a due time fail; null: all of them.</summary>
    public int? FailuresOf((string Job, DateTimeOffset Due) due) =>
        new Random(seed + (due.Job[^1] * 7_919) + (int)(due.Due.ToUnixTimeSeconds() / 60)).Next(20) switch
        {
            < 12 => 0,
            < 16 => 1,
            < 19 => 2,
            _ => null,
        };

    /// <summary>Whether this try fails; counts it.</summary>
    public bool Fails((string Job, DateTimeOffset Due) due) =>
        FailuresOf(due) is not { } failures || tries.AddOrUpdate(due, 1, (_, before) => before + 1) <= failures;
}
