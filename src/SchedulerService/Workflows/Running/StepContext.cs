using Dendrite.SchedulerService.Runs;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Workflows.Running;

/// <summary>What the work of one step is given.</summary>
/// <param name="Index">Which step, from 0.</param>
internal sealed record StepContext(WorkflowProgress Workflow, int Index, WorkflowCalls Calls)
{
    public WorkflowStep Definition => Workflow.Definition.Steps[Index];

    public StepState State => Workflow.State.Steps[Index];

    public RunContext Run => Workflow.Run;

    public string Id => Definition.StepId;

    /// <summary>
    /// The id of a request that is done once for this step, whichever attempt or replica asks for it.
    /// </summary>
    /// <param name="what">Names the thing that is done.</param>
    public string RequestIdFor(string what) => Run.RequestIdFor($"{Id}/{what}");

    /// <summary>Says what the step does now.</summary>
    public void Tell(string doing) => Workflow.Tell($"{Id}: {doing}");

    /// <summary>What commits, tags and states say of where they come from.</summary>
    public string Origin => $"Workflow '{Workflow.Name.Workflow}', run {Run.Run.Id}";
}

/// <summary>What a step did.</summary>
/// <param name="Message">For people, in a sentence.</param>
internal sealed record StepResult(string Message)
{
    /// <summary>In figures; null: none.</summary>
    public IReadOnlyDictionary<string, long>? Results { get; init; }
}

/// <summary>
/// The work of one kind of step. May be called again for the same step, after any part of it was done: whatever it has
/// done by other services goes by <see cref="StepContext.RequestIdFor"/>.
/// </summary>
internal interface IWorkflowStep
{
    WorkflowStep.ActionOneofCase Kind { get; }

    /// <exception cref="StepRefusedException">Trying again would not help.</exception>
    Task<StepResult> RunAsync(StepContext step, CancellationToken cancellationToken);

    /// <summary>Says what it would do, and changes nothing.</summary>
    Task<string> PreviewAsync(StepContext step, CancellationToken cancellationToken);
}

/// <summary>A step found that it cannot be done: another attempt would find the same.</summary>
internal sealed class StepRefusedException(string message) : Exception(message);
