using System.Text.Json.Nodes;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Retention;
using Dendrite.Storage.Scheduling;
using Dendrite.Storage.Workflows;
using Dendrite.V1;
using LogLevel = Dendrite.V1.LogLevel;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Workflows.Running;

/// <summary>
/// Runs a declared experiment: step after step, each kept before the next begins, so that whoever takes the run over
/// goes on at the step where it was; and compensates where it does not end as wanted.
/// </summary>
internal sealed class WorkflowJobTask(
    WorkflowStore workflows,
    WorkflowRunStore runs,
    StepRunner steps,
    Compensation compensation,
    RunBranchStore branches,
    ProjectStore projects
) : IJobTask
{
    public JobTask.TaskOneofCase Kind => JobTask.TaskOneofCase.Workflow;

    public bool CountsAttempts => true;

    public async Task<RunOutcome> RunAsync(RunContext run, CancellationToken cancellationToken)
    {
        var name = WorkflowName.Parse(run.Task.Workflow);
        if (await runs.BeginAsync(run.Run, name.Workflow, cancellationToken) is not { } record)
            return RunOutcome.FailedForGood(
                $"Workflow '{name.Workflow}' does not exist any more: give the job another task, or delete it."
            );
        var workflow = Open(run, name, record);
        if (run.Run.DryRun)
            return await PreviewAsync(workflow, cancellationToken);
        if (workflow.State.Failure is { } failure)
        {
            // A caller had it tried again; else a worker went away before the run was ended.
            if (record.Retries <= workflow.State.Round)
                return Ended(workflow, RunOutcome.FailedForGood(Said(failure))) with { ErrorCode = failure.Code };
            // Since the run had ended, retention may have forgotten it.
            if (workflow.State.BranchUid is { } branch)
                await branches.AddAsync(run.Run, branch, cancellationToken);
            if (await TakeBackAsync(workflow, record.Retries, cancellationToken) is { } refused)
                return refused;
        }

        return await StepAsync(workflow, cancellationToken);
    }

    public async Task<RunOutcome> SettleAsync(RunContext run, RunOutcome outcome, CancellationToken cancellationToken)
    {
        var name = WorkflowName.Parse(run.Task.Workflow);
        var record = await runs.FindAsync(run.ProjectId, new(run.Job.Job, run.Run.Id), cancellationToken);
        // Of one that did not begin there is nothing to tidy up.
        if (record?.State is null || run.Run.DryRun)
            return outcome;
        var workflow = Open(run, name, record);
        if (await compensation.RunAsync(workflow, outcome, cancellationToken) is { } failures)
            return Ended(workflow, RunOutcome.Failed($"{outcome.Message} {workflow.State.Compensation}")) with
            {
                Tries = failures,
                ErrorCode = outcome.ErrorCode,
            };
        return Ended(workflow, outcome) with { Message = $"{outcome.Message} {workflow.State.Compensation}" };
    }

    /// <exception cref="DendriteException">INVALID_ARGUMENT, MALFORMED_NAME.</exception>
    public async Task ValidateAsync(TaskProject project, JobTask task, CancellationToken cancellationToken)
    {
        const string Field = "job.task.workflow";
        var name = WorkflowName.Parse(task.Workflow, Field);
        if (await workflows.FindAsync(project.Id, name.Workflow, cancellationToken) is null)
        {
            throw DendriteException.OfField(
                ErrorReason.WorkflowNotFound,
                Field,
                $"'{name.Workflow}' does not exist; make the workflow first"
            );
        }
    }

    /// <summary>Nobody gives a scheduled run values: the names must be made of those that the fork has.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public async Task ValidateScheduledAsync(TaskProject project, JobTask task, CancellationToken cancellationToken)
    {
        var name = WorkflowName.Parse(task.Workflow);
        var workflow = await workflows.GetAsync(project.Id, name.Workflow, cancellationToken);
        var known = await projects.GetAsync(name.Project, cancellationToken);
        var none = new Dictionary<string, string>();
        var names = ExperimentNames.Of(
            WorkflowMapper.ReadDefinition(workflow.Definition),
            none,
            known.BranchNamingTemplates
        );
        try
        {
            names.Check();
        }
        catch (DendriteException refused) when (refused.Reason is ErrorReason.InvalidArgument)
        {
            throw DendriteException.Invalid(
                "job.schedule",
                $"nobody gives its runs values, and of workflow '{name.Workflow}' without them no names can be made "
                    + $"({refused.Message}); put them in template_values of its fork, or leave the schedule out"
            );
        }
    }

    private WorkflowProgress Open(RunContext run, WorkflowName name, WorkflowRunRecord record)
    {
        var definition = WorkflowMapper.ReadDefinition(record.Definition);
        var state = record.State is { } kept ? WorkflowState.Parse(kept) : WorkflowState.Begin(definition);
        return new(runs, run, name, definition, state) { Values = record.Values };
    }

    private async Task<RunOutcome> StepAsync(WorkflowProgress workflow, CancellationToken cancellationToken)
    {
        for (var next = workflow.State.Next; next < workflow.State.Steps.Count; next++)
        {
            if (await steps.RunAsync(workflow, next, cancellationToken) is not { } end)
                continue;
            var failed = end.IsFinal
                ? RunOutcome.FailedForGood(end.Message)
                : RunOutcome.Failed(end.Message) with
                {
                    Tries = end.Failures,
                };
            return Ended(workflow, failed) with { ErrorCode = (int)end.Failure.Code };
        }

        var done = new RunOutcome(RunState.Succeeded, $"All steps are done on {workflow.Branch}.", workflow.Results);
        return Ended(workflow, done);
    }

    /// <summary>Null where the run goes on.</summary>
    private async Task<RunOutcome?> TakeBackAsync(
        WorkflowProgress workflow,
        int retries,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await compensation.TakeBackAsync(workflow, retries, cancellationToken);
            return null;
        }
        catch (Exception error) when (error is not RunLostException && !cancellationToken.IsCancellationRequested)
        {
            var failure = StepFailure.Of(error);
            workflow.Log(LogLevel.Error, $"The branch could not be taken back to work: {failure.Message}");
            var failed = RunOutcome.Failed($"The branch could not be taken back to work: {failure.Message}");
            return Ended(workflow, failed) with
            {
                MayRetry = failure.MayPass,
                Tries = workflow.Run.Run.Attempt,
                ErrorCode = (int)failure.Code,
            };
        }
    }

    private async Task<RunOutcome> PreviewAsync(WorkflowProgress workflow, CancellationToken cancellationToken)
    {
        var would = new JsonArray();
        for (var i = 0; i < workflow.State.Steps.Count; i++)
        {
            string doing;
            try
            {
                doing = await steps.PreviewAsync(workflow, i, cancellationToken);
            }
            catch (Exception error) when (error is not RunLostException && !cancellationToken.IsCancellationRequested)
            {
                return Unseen(workflow, workflow.State.Steps[i].Id, StepFailure.Of(error));
            }

            would.Add(new JsonObject { ["step"] = workflow.State.Steps[i].Id, ["would"] = doing });
            workflow.Log(LogLevel.Information, $"'{workflow.State.Steps[i].Id}' would {doing}");
        }

        var report = new JsonObject { ["workflow"] = workflow.Name.ToString(), ["steps"] = would };
        var count = workflow.State.Steps.Count;
        return new(
            RunState.Succeeded,
            count == 1 ? "1 step would be done." : $"{count} steps would be done.",
            new Dictionary<string, long>(StringComparer.Ordinal) { ["steps"] = count },
            report.ToJsonString()
        );
    }

    /// <summary>Whoever asks what would be done waits for the answer: it is tried as often as a step.</summary>
    private static RunOutcome Unseen(WorkflowProgress workflow, string step, StepFailure failure)
    {
        var attempt = workflow.Run.Run.Attempt;
        workflow.Log(LogLevel.Error, $"'{step}' would fail: {failure.Message}");
        return RunOutcome.Failed($"Step '{step}' would fail: {failure.Message}") with
        {
            MayRetry = failure.MayPass && attempt < StepRunner.DefaultMaxAttempts,
            Tries = attempt,
            ErrorCode = (int)failure.Code,
        };
    }

    private static RunOutcome Ended(WorkflowProgress workflow, RunOutcome outcome) =>
        outcome with
        {
            Results = workflow.Results,
            Report = workflow.Report,
        };

    private static string Said(WorkflowFailure failure) => $"Step '{failure.Step}' failed: {failure.Message}";
}
