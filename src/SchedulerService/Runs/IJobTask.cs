using Dendrite.Contracts.Names;
using Dendrite.Storage;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Runs;

/// <summary>What a job does: one for each member of the contract's <see cref="JobTask"/>.</summary>
internal interface IJobTask
{
    /// <summary>Which member of the contract it does.</summary>
    JobTask.TaskOneofCase Kind { get; }

    /// <summary>
    /// Whether it counts attempts and takes time itself, step by step: then of the job's policy the wait between
    /// attempts counts, and a timeout only where one was set, which ends the run for good.
    /// </summary>
    bool CountsAttempts => false;

    /// <summary>Does it. May be called again for the same run, after any part of it was done.</summary>
    /// <returns>
    /// How it ended. A failure, returned or thrown, is tried again by the job's policy, unless it says that this would
    /// not help.
    /// </returns>
    Task<RunOutcome> RunAsync(RunContext run, CancellationToken cancellationToken);

    /// <summary>
    /// Tidies up before a run ends for good otherwise than as wanted, whatever ended it: failed, cancelled, timed out,
    /// or left behind too often. The run is still this worker's. May be called again, after any part of it was done.
    /// </summary>
    /// <returns>How it ends; a failure with <see cref="RunOutcome.Tries"/> is called for again after a wait.</returns>
    Task<RunOutcome> SettleAsync(RunContext run, RunOutcome outcome, CancellationToken cancellationToken) =>
        Task.FromResult(outcome);

    /// <summary>Refuses a task that could never be done: what it names does not exist.</summary>
    /// <exception cref="Errors.DendriteException">With the field, such as <c>job.task.sync_source</c>.</exception>
    Task ValidateAsync(TaskProject project, JobTask task, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Refuses a task that could never be done by a schedule, which gives it nothing.</summary>
    /// <exception cref="Errors.DendriteException">INVALID_ARGUMENT, of <c>job.schedule</c>.</exception>
    Task ValidateScheduledAsync(TaskProject project, JobTask task, CancellationToken cancellationToken) =>
        Task.CompletedTask;
}

/// <summary>The project of a task.</summary>
internal readonly record struct TaskProject(ProjectId Id, ProjectName Name);
