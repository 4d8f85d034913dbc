using Dendrite.Contracts.Names;
using Dendrite.Storage.Scheduling;

namespace Dendrite.SchedulerService.Runs;

/// <summary>What a job does.</summary>
internal interface IJobTask
{
    /// <summary>As in <see cref="JobRecord.Task"/>.</summary>
    string Name { get; }

    /// <summary>Does it. May be called again for the same run, after any part of it was done.</summary>
    /// <param name="lease">To be asked before each thing that is done.</param>
    Task<RunOutcome> RunAsync(JobName job, RunRecord run, RunLease lease, CancellationToken cancellationToken);
}
