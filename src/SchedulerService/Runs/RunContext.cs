using System.Security.Cryptography;
using System.Text;
using Dendrite.Contracts.Names;
using Dendrite.SchedulerService.Jobs;
using Dendrite.Storage;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using LogLevel = Dendrite.V1.LogLevel;

namespace Dendrite.SchedulerService.Runs;

/// <summary>What a task is given to do its work with.</summary>
internal sealed class RunContext(JobName job, TakenRun taken, RunLease lease, ActiveRun active)
{
    /// <summary>The message of a run that was given back because it found no place to rest.</summary>
    public const string FoundNoRest = "As many runs waited as may.";

    private JobTask? task;

    private const int GuidBytes = 16;

    public JobName Job => job;

    public ProjectId ProjectId => taken.Run.Project;

    /// <summary>What is to be done.</summary>
    public JobTask Task => task ??= JobDefinition.TaskOf(taken.Job);

    /// <summary>Its id, attempt, fencing token, scheduled time, and whether it may only say what it would do.</summary>
    public RunRecord Run => taken.Run;

    /// <summary>Whether the worker of the attempt before went away.</summary>
    public bool WasLeftBehind => taken.WasLeftBehind;

    /// <summary>Whether the attempt before ended only because it found no place to rest.</summary>
    public bool ComesFromNoRest => taken.Run.Message == FoundNoRest;

    /// <summary>To be asked right before each thing that is done.</summary>
    public RunLease Lease => lease;

    /// <summary>
    /// Writes a line of the run's log, soon and in a batch; of a worker that lost its run, nothing. Never waits.
    /// </summary>
    /// <param name="message">In a sentence; what is longer than 4,000 characters is cut.</param>
    public void Log(LogLevel level, string message) => active.Journal.Log(level, message);

    /// <summary>Says how far it is; only the latest is kept. Never waits.</summary>
    /// <param name="step">What it does now, such as <c>fetching</c>.</param>
    /// <param name="total">Null where it cannot be known.</param>
    /// <param name="unit">Of both figures, in the plural, such as <c>rows</c>.</param>
    public void Tell(string step, long done, long? total, string unit) => active.Journal.Tell(step, done, total, unit);

    /// <summary>
    /// Says that it only waits until this is disposed: it takes no place among the runs that go on here at once. Where
    /// too many wait already, the run is given back instead and taken again later: its token is cancelled.
    /// </summary>
    public IDisposable Rest() => active.Rest();

    /// <summary>
    /// The id of a request that another service does once for this run, whichever attempt or replica asks for it.
    /// </summary>
    /// <param name="what">Names the thing that is done; the same in every attempt.</param>
    public string RequestIdFor(string what) =>
        new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{taken.Run.Id}/{what}")).AsSpan(0, GuidBytes)).ToString();
}
