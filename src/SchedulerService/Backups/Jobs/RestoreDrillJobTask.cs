using Dendrite.Contracts.Names;
using Dendrite.SchedulerService.Backups.Restoring;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Backups;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using LogLevel = Dendrite.V1.LogLevel;
using OperationState = Dendrite.Storage.Operations.OperationState;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Backups.Jobs;

/// <summary>
/// Proves that backups can be restored: brings the newest one of a plan back on trial and compares its digests. What is
/// damaged fails the run.
/// </summary>
internal sealed class RestoreDrillJobTask(OperationRun operations, BackupPlanStore plans, BackupStore backups)
    : IJobTask
{
    public JobTask.TaskOneofCase Kind => JobTask.TaskOneofCase.RestoreDrill;

    public Task ValidateAsync(TaskProject project, JobTask task, CancellationToken cancellationToken) =>
        JobPlan.RequireAsync(plans, project, task.RestoreDrill, "job.task.restore_drill", cancellationToken);

    public async Task<RunOutcome> RunAsync(RunContext run, CancellationToken cancellationToken)
    {
        var plan = BackupPlanName.Parse(run.Task.RestoreDrill);
        var newest = await backups.ListAsync(run.ProjectId, plan.Plan, before: null, limit: 1, cancellationToken);
        if (newest.Count == 0)
        {
            // A drill that has nothing to restore proves nothing: somebody must hear of it.
            return RunOutcome.FailedForGood($"Plan '{plan.Plan}' has no backup that could be restored.");
        }

        var name = new BackupName(plan.Project, plan.Plan, newest[0].Name).ToString();
        if (run.Run.DryRun)
        {
            return new(RunState.Succeeded, $"{name} would be restored on trial.", new Dictionary<string, long>());
        }

        run.Log(LogLevel.Information, $"Restoring {name} on trial.");
        var request = new RestoreBackupRequest { Name = name };
        var ended = await operations.RunAsync(run, (DrillTask.MethodName, request), name, cancellationToken);
        if (ended.State != OperationState.Succeeded)
        {
            return OperationOutcome.Failed(ended);
        }

        // An attempt before may have begun it, with the backup that was the newest then.
        var tried = RestoreBackupRequest.Parser.ParseFrom(ended.Request).Name;
        var result = RestoreResult.Parser.ParseFrom(ended.Response!.Bytes);
        return new(
            RunState.Succeeded,
            $"{tried} was restored on trial from {result.ReadBytes} bytes, with equal digests.",
            new Dictionary<string, long>(StringComparer.Ordinal) { ["read_bytes"] = result.ReadBytes }
        );
    }

    public async Task<RunOutcome> SettleAsync(RunContext run, RunOutcome outcome, CancellationToken cancellationToken)
    {
        await operations.SettleAsync(run, DrillTask.MethodName, outcome, cancellationToken);
        return outcome;
    }
}
