using Dendrite.Storage.Scheduling;

namespace Dendrite.SchedulerService.Runs;

/// <summary>What a worker keeps its runs in.</summary>
internal sealed record RunServices(
    RunLeaseStore Leases,
    RunStore Runs,
    RunJournalStore Journals,
    ActiveRuns Active,
    RunRetries Retries
);
