using Dendrite.Contracts.Names;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Workflows;
using Dendrite.V1;
using LogLevel = Dendrite.V1.LogLevel;

namespace Dendrite.SchedulerService.Workflows.Running;

/// <summary>
/// One run of a workflow as this worker has it: what is to be done, and how far it is, kept with every change. Not
/// thread-safe.
/// </summary>
/// <param name="name">The workflow.</param>
/// <param name="definition">As it was when the run began.</param>
internal sealed class WorkflowProgress(
    WorkflowRunStore store,
    RunContext run,
    WorkflowName name,
    Workflow definition,
    WorkflowState state
)
{
    public RunContext Run => run;

    public WorkflowName Name => name;

    public Workflow Definition => definition;

    public WorkflowState State { get; private set; } = state;

    /// <summary>Parts of names that the caller of the run gave.</summary>
    public required IReadOnlyDictionary<string, string> Values { get; init; }

    /// <summary>Resource name of the branch.</summary>
    /// <exception cref="InvalidOperationException">It is not made yet.</exception>
    public BranchName Branch =>
        new(name.Project, State.Branch ?? throw new InvalidOperationException("The branch is not made yet."));

    public string Report => WorkflowReport.Of(name, definition, State);

    public IReadOnlyDictionary<string, long> Results => WorkflowReport.ResultsOf(State);

    /// <summary>Changes how far it is, durably. One round trip.</summary>
    /// <exception cref="RunLostException">Another has taken over: nothing was changed.</exception>
    public async Task KeepAsync(Func<WorkflowState, WorkflowState> change, CancellationToken cancellationToken)
    {
        var next = change(State);
        var report = WorkflowReport.Of(name, definition, next);
        if (!await store.KeepAsync(run.Run, next.ToJson(), report, cancellationToken))
            throw new RunLostException();
        State = next;
    }

    /// <summary>As the other one, of one step.</summary>
    public Task KeepAsync(int step, Func<StepState, StepState> change, CancellationToken cancellationToken) =>
        KeepAsync(state => state.With(step, change), cancellationToken);

    /// <summary>Says how far it is.</summary>
    /// <param name="doing">What it does now.</param>
    public void Tell(string doing) => run.Tell(doing, State.Next, State.Steps.Count, "steps");

    public void Log(LogLevel level, string message) => run.Log(level, message);
}
