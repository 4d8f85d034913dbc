using Dendrite.SchedulerService.Runs;
using LogLevel = Dendrite.V1.LogLevel;

namespace Dendrite.SchedulerService.Workflows.Running;

/// <summary>Does one attempt of a step, within its time, and keeps how it ended. Thread-safe.</summary>
internal sealed class StepRunner(IEnumerable<IWorkflowStep> kinds, WorkflowCalls calls, TimeProvider time)
{
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromDays(1);

    public const int DefaultMaxAttempts = 3;

    /// <summary>
    /// Workers that may go away at one step. A death is no failed attempt: replicas are stopped and started, also while
    /// a step waits for a day. But a step at which they go away so often is what ends them.
    /// </summary>
    public const int MaxDeaths = 10;

    /// <returns>Null where the step is done.</returns>
    /// <exception cref="RunLostException">Another has taken over.</exception>
    public async Task<StepEnd?> RunAsync(WorkflowProgress workflow, int index, CancellationToken cancellationToken)
    {
        var step = new StepContext(workflow, index, calls);
        await BeginAsync(step, cancellationToken);
        if (step.State.Deaths > MaxDeaths)
            return await FailAsync(step, Died(step.State.Deaths), cancellationToken);
        var limit = step.Definition.Timeout?.ToTimeSpan() ?? DefaultTimeout;
        var left = step.State.StartTime!.Value + limit - time.GetUtcNow();
        if (left <= TimeSpan.Zero)
            return await FailAsync(step, StepFailure.TimedOut(limit), cancellationToken);
        using var deadline = new CancellationTokenSource(left, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        StepFailure failure;
        try
        {
            var done = await WorkOf(step).RunAsync(step, either.Token);
            await SucceedAsync(step, done, cancellationToken);
            return null;
        }
        catch (Exception error) when (error is not RunLostException && !cancellationToken.IsCancellationRequested)
        {
            failure = deadline.IsCancellationRequested ? StepFailure.TimedOut(limit) : StepFailure.Of(error);
        }

        return await FailAsync(step, failure, cancellationToken);
    }

    /// <summary>What the step would do; nothing is changed.</summary>
    public Task<string> PreviewAsync(WorkflowProgress workflow, int index, CancellationToken cancellationToken)
    {
        var step = new StepContext(workflow, index, calls);
        return WorkOf(step).PreviewAsync(step, cancellationToken);
    }

    private IWorkflowStep WorkOf(StepContext step) =>
        kinds.FirstOrDefault(kind => kind.Kind == step.Definition.ActionCase)
        ?? throw new StepRefusedException(
            $"This server has nothing that does '{WorkflowReport.ActionOf(step.Definition)}': run one that has."
        );

    private async Task BeginAsync(StepContext step, CancellationToken cancellationToken)
    {
        var isBegun = step.State.State is StepStage.Running;
        var died = step.Run.WasLeftBehind && isBegun;
        var now = time.GetUtcNow();
        await step.Workflow.KeepAsync(
            step.Index,
            state =>
                state with
                {
                    State = StepStage.Running,
                    // One that began later than now, by a clock that was ahead, begins now.
                    StartTime = state.StartTime < now ? state.StartTime : now,
                    Deaths = state.Deaths + (died ? 1 : 0),
                },
            cancellationToken
        );
        step.Workflow.Tell(step.Id);
        // It looks again each minute.
        if (isBegun && !died && step.Run.ComesFromNoRest)
            return;
        var attempt = step.State.Failures + 1;
        var which =
            attempt == 1 && !died ? ""
            : died ? ", gone on with after its worker went away"
            : $", attempt {attempt}";
        step.Workflow.Log(
            LogLevel.Information,
            $"Step {step.Index + 1} of {step.Workflow.State.Steps.Count}, '{step.Id}' "
                + $"({WorkflowReport.ActionOf(step.Definition)}), begins{which}."
        );
    }

    private async Task SucceedAsync(StepContext step, StepResult done, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await step.Workflow.KeepAsync(
            step.Index,
            state =>
                state with
                {
                    State = StepStage.Succeeded,
                    EndTime = now,
                    Message = done.Message,
                    Results = done.Results,
                },
            cancellationToken
        );
        step.Workflow.Tell(step.Id);
        step.Workflow.Log(LogLevel.Information, $"'{step.Id}' is done: {done.Message}");
    }

    private async Task<StepEnd> FailAsync(StepContext step, StepFailure failure, CancellationToken cancellationToken)
    {
        var failures = step.State.Failures + 1;
        var max = step.Definition.MaxAttempts == 0 ? DefaultMaxAttempts : step.Definition.MaxAttempts;
        var end = new StepEnd(step.Id, failure, failures, IsFinal: !failure.MayPass || failures >= max);
        var now = time.GetUtcNow();
        await step.Workflow.KeepAsync(
            state =>
                state.With(
                    step.Index,
                    one =>
                        one with
                        {
                            State = end.IsFinal ? StepStage.Failed : StepStage.Running,
                            Failures = failures,
                            EndTime = end.IsFinal ? now : null,
                            Message = failure.Message,
                        }
                ) with
                {
                    Failure = end.IsFinal ? new(step.Id, failure.Message, (int)failure.Code) : null,
                },
            cancellationToken
        );
        step.Workflow.Log(
            end.IsFinal ? LogLevel.Error : LogLevel.Warning,
            $"'{step.Id}' failed {end.Which(max)}: {failure.Message}"
        );
        return end;
    }

    private static StepFailure Died(int deaths) =>
        new(
            $"Its worker went away {deaths} times: it may be what ends them; see their logs.",
            Grpc.Core.StatusCode.Unavailable,
            MayPass: false
        );
}

/// <summary>How an attempt of a step failed.</summary>
/// <param name="Failures">Attempts of the step that failed, this one included.</param>
/// <param name="IsFinal">Whether the step has failed for good.</param>
internal sealed record StepEnd(string Step, StepFailure Failure, int Failures, bool IsFinal)
{
    public string Message => $"Step '{Step}' failed: {Failure.Message}";

    /// <summary>Which attempt it was; of how many only where there are more to come, or were.</summary>
    public string Which(int max) =>
        !IsFinal ? $"in attempt {Failures} of {max}"
        : Failure.MayPass ? $"in attempt {Failures}, its last"
        : "for good";
}
