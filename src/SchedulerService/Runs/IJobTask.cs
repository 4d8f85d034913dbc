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

    /// <summary>Does it. May be called again for the same run, after any part of it was done.</summary>
    /// <returns>
    /// How it ended. A failure, returned or thrown, is tried again by the job's policy, unless it says that this would
    /// not help.
    /// </returns>
    Task<RunOutcome> RunAsync(RunContext run, CancellationToken cancellationToken);

    /// <summary>Refuses a task that could never be done: what it names does not exist.</summary>
    /// <exception cref="Errors.DendriteException">With the field, such as <c>job.task.sync_source</c>.</exception>
    Task ValidateAsync(TaskProject project, JobTask task, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>The project of a task.</summary>
internal readonly record struct TaskProject(ProjectId Id, ProjectName Name);
