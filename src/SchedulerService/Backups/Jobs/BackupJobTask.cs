using Dendrite.Contracts.Names;
using Dendrite.SchedulerService.Backups.Making;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Backups;
using Dendrite.Storage.Retention;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using LogLevel = Dendrite.V1.LogLevel;
using OperationState = Dendrite.Storage.Operations.OperationState;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Backups.Jobs;

/// <summary>Makes a backup by a plan, when its job is due.</summary>
internal sealed class BackupJobTask(
    OperationRun operations,
    BackupPlanStore plans,
    ItemSelector selector,
    RunBranchStore branches
) : IJobTask
{
    public JobTask.TaskOneofCase Kind => JobTask.TaskOneofCase.BackupPlan;

    public Task ValidateAsync(TaskProject project, JobTask task, CancellationToken cancellationToken) =>
        JobPlan.RequireAsync(plans, project, task.BackupPlan, "job.task.backup_plan", cancellationToken);

    public async Task<RunOutcome> RunAsync(RunContext run, CancellationToken cancellationToken)
    {
        var name = BackupPlanName.Parse(run.Task.BackupPlan);
        if (run.Run.DryRun)
        {
            return await LookAsync(run, name, cancellationToken);
        }

        await TellRetentionAsync(run, name, cancellationToken);
        var request = new StartBackupRequest { Parent = name.ToString() };
        var ended = await operations.RunAsync(
            run,
            (BackupTask.MethodName, request),
            name.ToString(),
            cancellationToken
        );
        if (ended.State != OperationState.Succeeded)
        {
            return OperationOutcome.Failed(ended);
        }

        var made = Backup.Parser.ParseFrom(ended.Response!.Bytes);
        run.Log(LogLevel.Information, $"Made {made.Name}.");
        return new(
            RunState.Succeeded,
            $"{Counted.Of(made.Items.Count, "branch or tag", "branches and tags")}, {made.AddedBytes} bytes added.",
            new Dictionary<string, long>(StringComparer.Ordinal)
            {
                ["items"] = made.Items.Count,
                ["total_bytes"] = made.TotalBytes,
                ["added_bytes"] = made.AddedBytes,
            }
        );
    }

    public async Task<RunOutcome> SettleAsync(RunContext run, RunOutcome outcome, CancellationToken cancellationToken)
    {
        await operations.SettleAsync(run, BackupTask.MethodName, outcome, cancellationToken);
        return outcome;
    }

    /// <summary>Also while the backup still waits for its store: what it is to hold must be there then.</summary>
    private async Task TellRetentionAsync(RunContext run, BackupPlanName name, CancellationToken cancellationToken)
    {
        var plan = await plans.GetAsync(run.ProjectId, name.Plan, cancellationToken);
        if (plan.BranchFilter.Length > 0)
        {
            var names = await selector.ListBranchesAsync(name.Parent, plan.BranchFilter, cancellationToken);
            run.Lease.ThrowIfLost();
            await branches.AddAsync(run.Run, names, cancellationToken);
        }
    }

    private async Task<RunOutcome> LookAsync(RunContext run, BackupPlanName name, CancellationToken cancellationToken)
    {
        var plan = await plans.GetAsync(run.ProjectId, name.Plan, cancellationToken);
        var (branchCount, tagCount) = (0, 0);
        if (plan.BranchFilter.Length > 0)
        {
            branchCount = (await selector.ListBranchesAsync(name.Parent, plan.BranchFilter, cancellationToken)).Count;
        }

        if (plan.TagFilter.Length > 0)
        {
            tagCount = (await selector.ListTagsAsync(name.Parent, plan.TagFilter, cancellationToken)).Count;
        }

        return new(
            RunState.Succeeded,
            $"{Counted.Of(branchCount, "branch", "branches")} and {Counted.Of(tagCount, "tag")} would be backed up to "
                + $"{plan.Store}.",
            new Dictionary<string, long>(StringComparer.Ordinal) { ["branches"] = branchCount, ["tags"] = tagCount }
        );
    }
}
