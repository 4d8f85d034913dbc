using System.Text.Json;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Runs;
using Dendrite.SchedulerService.Sync.Rpc;
using Dendrite.SchedulerService.Sync.Running;
using Dendrite.Storage.Retention;
using Dendrite.Storage.Scheduling;
using Dendrite.Storage.Sync;
using Dendrite.V1;
using Google.Protobuf;
using RunLogLevel = Dendrite.V1.LogLevel;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Sync;

/// <summary>
/// Pulls from a sync source. The run's fencing token is the fence of the source's progress, and its id joins the
/// figures of its attempts; a dry run is a preview. What it works with is looked up when it works: a scheduler that
/// nobody has told where records are written still does everything else.
/// </summary>
internal sealed class SyncJobTask(SyncSourceStore sources, RunBranchStore branches, IServiceProvider services)
    : IJobTask
{
    public JobTask.TaskOneofCase Kind => JobTask.TaskOneofCase.SyncSource;

    public async Task<RunOutcome> RunAsync(RunContext run, CancellationToken cancellationToken)
    {
        var name = SyncSourceName.Parse(run.Task.SyncSource);
        var record = await sources.GetAsync(run.ProjectId, name.SyncSource, cancellationToken);
        var source = SyncMapper.ReadDefinition(record);
        var work = new SyncWork(run.ProjectId, name, record, source, DatasetName.Parse(source.Dataset))
        {
            Run = run.Run.Id,
            Fence = run.Run.FencingToken,
            Control = new RunControl(run),
        };
        if (run.Run.DryRun)
        {
            var would = await services.GetRequiredService<SyncPreview>().RunAsync(work, cancellationToken);
            return OutcomeOf(would.Report, "The first page would bring");
        }

        run.Lease.ThrowIfLost();
        await branches.AddAsync(run.Run, [work.Target.Branch], cancellationToken);
        try
        {
            var (tally, leftOut) = await services.GetRequiredService<SyncPull>().RunAsync(work, cancellationToken);
            // Also those that died before they had noted anything.
            tally.Attempts = run.Run.Attempt;
            return OutcomeOf(tally, leftOut);
        }
        catch (SyncBusyException busy)
        {
            return new(RunState.Skipped, busy.Message, new Dictionary<string, long>());
        }
        catch (SyncTakenOverException taken)
        {
            return RunOutcome.Failed(taken.Message);
        }
    }

    /// <exception cref="DendriteException">INVALID_ARGUMENT, MALFORMED_NAME.</exception>
    public async Task ValidateAsync(TaskProject project, JobTask task, CancellationToken cancellationToken)
    {
        const string Field = "job.task.sync_source";
        var name = SyncSourceName.Parse(task.SyncSource, Field);
        if (name.Project != project.Name.Project)
        {
            throw DendriteException.Invalid(Field, $"is of project '{name.Project}'; a job pulls a source of its own");
        }

        if (await sources.FindAsync(project.Id, name.SyncSource, cancellationToken) is null)
        {
            throw DendriteException.OfField(
                ErrorReason.SyncSourceNotFound,
                Field,
                $"'{name.SyncSource}' does not exist; make the source first"
            );
        }
    }

    private static RunOutcome OutcomeOf(SyncTally tally, IReadOnlyList<string> leftOut)
    {
        var report = tally.ToReport();
        var json = JsonSerializer.Serialize(
            new
            {
                report = JsonSerializer.Deserialize<JsonElement>(JsonFormatter.Default.Format(report)),
                batchSizes = tally.BatchSizes,
                attempts = tally.Attempts,
                requestRetries = tally.RequestRetries,
                itemRetries = tally.ItemRetries,
                deletedRecords = tally.Deleted,
                leftOutFields = leftOut,
            }
        );
        return OutcomeOf(report, "Pulled") with { Results = tally.ToResults(), Report = json };
    }

    private static RunOutcome OutcomeOf(SyncReport report, string verb)
    {
        var dead = report.DeadLetters > 0 ? $"; {report.DeadLetters} could not be written" : "";
        return new(
            RunState.Succeeded,
            $"{verb} {Counted.Of(report.FetchedItems, "item")}: {report.NewRecords} new, "
                + $"{report.ChangedRecords} changed, {report.UnchangedRecords} the same{dead}.",
            new Dictionary<string, long>(StringComparer.Ordinal) { ["fetched_items"] = report.FetchedItems }
        );
    }

    private sealed class RunControl(RunContext run) : ISyncControl
    {
        public void ThrowIfLost() => run.Lease.ThrowIfLost();

        public void Tell(string step, long done) => run.Tell(step, done, total: null, "items");

        public void Log(Microsoft.Extensions.Logging.LogLevel level, string message) =>
            run.Log(
                level >= Microsoft.Extensions.Logging.LogLevel.Error ? RunLogLevel.Error
                    : level >= Microsoft.Extensions.Logging.LogLevel.Warning ? RunLogLevel.Warning
                    : RunLogLevel.Information,
                message
            );
    }
}
