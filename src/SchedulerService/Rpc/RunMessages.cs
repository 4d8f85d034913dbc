using Dendrite.Contracts.Names;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Rpc;

/// <summary>A run as it travels.</summary>
internal static class RunMessages
{
    public static Run Of(JobName job, RunRecord run)
    {
        var message = new Run
        {
            Name = new RunName(job.Project, job.Job, run.Id.ToString()).ToString(),
            State = StateOf(run),
            Trigger = run.ScheduledTime is null ? RunTrigger.Caller : RunTrigger.Schedule,
            ScheduledTime = run.ScheduledTime?.ToTimestamp(),
            StartTime = run.StartTime?.ToTimestamp(),
            EndTime = run.EndTime?.ToTimestamp(),
            Creator = run.Creator,
            DryRun = run.DryRun,
        };
        message.Results.Add(run.Results.ToDictionary());
        message.Report = ReportOf(run);
        message.Attempts.AddRange(run.Attempts.Select(Of));
        return message;
    }

    // What went wrong stands in the report and not in `attempts.error`: google.rpc.Status as Google.Api.CommonProtos
    // 2.0.0 has it can neither be written nor read inside another message by Google.Protobuf 3.25 ("regenerate").
    private static Struct? ReportOf(RunRecord run)
    {
        var errors = run.Attempts.Where(attempt => attempt.Error is not null).ToList();
        if (run.Report is null && errors.Count == 0)
            return null;
        var report = run.Report is null ? new Struct() : JsonParser.Default.Parse<Struct>(run.Report);
        if (errors.Count > 0)
        {
            var lines = errors.Select(attempt => Value.ForString($"attempt {attempt.Number}: {attempt.Error}"));
            report.Fields["errors"] = Value.ForList([.. lines]);
        }

        return report;
    }

    private static RunAttempt Of(RunAttemptRecord attempt) =>
        new()
        {
            Attempt = attempt.Number,
            StartTime = attempt.StartTime.ToTimestamp(),
            EndTime = attempt.EndTime?.ToTimestamp(),
            Worker = attempt.Worker,
            FencingToken = attempt.FencingToken,
        };

    private static V1.RunState StateOf(RunRecord run) =>
        run.State switch
        {
            // An attempt failed, and the next one is to come.
            RunState.Queued when run.Attempt > 0 => V1.RunState.Waiting,
            RunState.Queued => V1.RunState.Queued,
            RunState.Running => V1.RunState.Running,
            RunState.Succeeded => V1.RunState.Succeeded,
            RunState.Failed => V1.RunState.Failed,
            RunState.Skipped => V1.RunState.Skipped,
            _ => throw new ArgumentOutOfRangeException(nameof(run), run.State, "no such state"),
        };
}
