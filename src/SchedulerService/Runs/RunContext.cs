using System.Security.Cryptography;
using System.Text;
using Dendrite.Contracts.Names;
using Dendrite.Storage;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using LogLevel = Dendrite.V1.LogLevel;

namespace Dendrite.SchedulerService.Runs;

/// <summary>What a task is given to do its work with.</summary>
internal sealed class RunContext(JobName job, JobTask task, RunRecord run, RunLease lease, RunJournal journal)
{
    private const int GuidBytes = 16;

    public JobName Job => job;

    public ProjectId ProjectId => run.Project;

    /// <summary>What is to be done.</summary>
    public JobTask Task => task;

    /// <summary>Its id, attempt, fencing token, scheduled time, and whether it may only say what it would do.</summary>
    public RunRecord Run => run;

    /// <summary>To be asked right before each thing that is done.</summary>
    public RunLease Lease => lease;

    /// <summary>
    /// Writes a line of the run's log, soon and in a batch; of a worker that lost its run, nothing. Never waits.
    /// </summary>
    /// <param name="message">In a sentence; what is longer than 4,000 characters is cut.</param>
    public void Log(LogLevel level, string message) => journal.Log(level, message);

    /// <summary>Says how far it is; only the latest is kept. Never waits.</summary>
    /// <param name="step">What it does now, such as <c>fetching</c>.</param>
    /// <param name="total">Null where it cannot be known.</param>
    /// <param name="unit">Of both figures, in the plural, such as <c>rows</c>.</param>
    public void Tell(string step, long done, long? total, string unit) => journal.Tell(step, done, total, unit);

    /// <summary>
    /// The id of a request that another service does once for this run, whichever attempt or replica asks for it.
    /// </summary>
    /// <param name="what">Names the thing that is done; the same in every attempt.</param>
    public string RequestIdFor(string what) =>
        new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{run.Id}/{what}")).AsSpan(0, GuidBytes)).ToString();
}
