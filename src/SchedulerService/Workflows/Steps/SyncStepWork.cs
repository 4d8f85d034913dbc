using Dendrite.Contracts.Names;
using Dendrite.SchedulerService.Sync.Rpc;
using Dendrite.SchedulerService.Sync.Running;
using Dendrite.SchedulerService.Workflows.Running;
using Dendrite.Storage.Sync;
using Dendrite.V1;
using Microsoft.Extensions.Options;
using RunLogLevel = Dendrite.V1.LogLevel;

namespace Dendrite.SchedulerService.Workflows.Steps;

/// <summary>
/// Pulls from a sync source into the dataset of the same id in the experiment's branch. Each try has a fence of its
/// own, newer than all before; whoever goes on after a death does so behind the last committed batch.
/// </summary>
internal sealed class SyncStepWork(
    SyncSourceStore sources,
    SyncProgressStore progress,
    IServiceProvider services,
    IOptions<WorkflowOptions> options,
    TimeProvider time
) : IWorkflowStep
{
    public WorkflowStep.ActionOneofCase Kind => WorkflowStep.ActionOneofCase.SyncSource;

    public async Task<StepResult> RunAsync(StepContext step, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var pull = services.GetRequiredService<SyncPull>();
                var work = await OpenAsync(step, cancellationToken);
                return await PullAsync(pull, work, cancellationToken);
            }
            catch (SyncBusyException)
            {
                // Another run pulls the source into its own branch: this one's turn comes.
                step.Tell("waiting for another sync of the source");
                using var rest = step.Run.Rest();
                await Task.Delay(options.Value.PollInterval, time, cancellationToken);
            }
        }
    }

    public async Task<string> PreviewAsync(StepContext step, CancellationToken cancellationToken)
    {
        var name = SyncSourceName.Parse(step.Definition.SyncSource);
        var record = await sources.GetAsync(step.Run.ProjectId, name.SyncSource, cancellationToken);
        var dataset = DatasetName.Parse(SyncMapper.ReadDefinition(record).Dataset);
        return $"pull {name} into dataset '{dataset.Dataset}' of the branch.";
    }

    private async Task<StepResult> PullAsync(SyncPull pull, SyncWork work, CancellationToken cancellationToken)
    {
        try
        {
            var (tally, _) = await pull.RunAsync(work, cancellationToken);
            return ResultOf(work, tally.ToReport());
        }
        finally
        {
            // Also while stopping: others wait for it. Of another's fence this releases nothing.
            await progress.ReleaseAsync(work.Scope, work.Fence, CancellationToken.None);
        }
    }

    private async Task<SyncWork> OpenAsync(StepContext step, CancellationToken cancellationToken)
    {
        var name = SyncSourceName.Parse(step.Definition.SyncSource);
        var record = await sources.GetAsync(step.Run.ProjectId, name.SyncSource, cancellationToken);
        var source = SyncMapper.ReadDefinition(record);
        var branch = step.Workflow.Branch;
        var dataset = DatasetName.Parse(source.Dataset).Dataset;
        var target = new DatasetName(branch.Project, branch.Branch, dataset);
        return new(step.Run.ProjectId, name, record, source, target)
        {
            Run = step.Run.Run.Id,
            // Two steps of a run may pull one source: the second is not done because the first is.
            Part = Guid.Parse(step.RequestIdFor("pull")),
            Fence = await progress.NextFenceAsync(step.Run.ProjectId, cancellationToken),
            Control = new StepControl(step),
        };
    }

    private static StepResult ResultOf(SyncWork work, SyncReport report) =>
        new(
            $"Pulled {Counted.Of(report.FetchedItems, "item")} into {work.Target}: {report.NewRecords} new, "
                + $"{report.ChangedRecords} changed, {report.UnchangedRecords} the same"
                + (report.DeadLetters > 0 ? $"; {report.DeadLetters} could not be written." : ".")
        )
        {
            Results = new Dictionary<string, long>(StringComparer.Ordinal)
            {
                ["fetched_items"] = report.FetchedItems,
                ["new_records"] = report.NewRecords,
                ["changed_records"] = report.ChangedRecords,
                ["dead_letters"] = report.DeadLetters,
            },
        };

    private sealed class StepControl(StepContext step) : ISyncControl
    {
        public void ThrowIfLost() => step.Run.Lease.ThrowIfLost();

        public void Tell(string doing, long done) => step.Tell($"{doing}, {Counted.Of(done, "item")}");

        public void Log(Microsoft.Extensions.Logging.LogLevel level, string message) =>
            step.Run.Log(
                level >= Microsoft.Extensions.Logging.LogLevel.Error ? RunLogLevel.Error
                    : level >= Microsoft.Extensions.Logging.LogLevel.Warning ? RunLogLevel.Warning
                    : RunLogLevel.Information,
                message
            );
    }
}
