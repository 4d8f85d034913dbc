using Dendrite.Contracts.Names;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using RunState = Dendrite.Storage.Scheduling.RunState;
using StatusCode = Grpc.Core.StatusCode;

namespace Dendrite.SchedulerService.Runs;

/// <summary>From what is stored to the contract.</summary>
internal static class RunMapper
{
    public static Run ToContract(JobName job, RunRecord run)
    {
        var mapped = new Run
        {
            Name = new RunName(job.Project, job.Job, run.Id.ToString()).ToString(),
            State = StateOf(run.State),
            Trigger = TriggerOf(run.Cause),
            ScheduledTime = Timestamps.Of(run.ScheduledTime),
            StartTime = Timestamps.Of(run.StartTime),
            EndTime = Timestamps.Of(run.EndTime),
            Progress = run.ProgressJson is { } told ? JsonParser.Default.Parse<OperationProgress>(told) : null,
            Creator = run.Creator,
            DryRun = run.DryRun,
            Report = ReportOf(run),
            NextAttemptTime = Timestamps.Of(run.NextAttemptTime),
        };
        mapped.Results.Add(run.Results.ToDictionary());
        mapped.Attempts.AddRange(run.Attempts.Select(Of));
        return mapped;
    }

    public static RunLogLine ToContract(RunLine line) =>
        new()
        {
            Line = line.Number,
            Time = Timestamps.Of(line.Time),
            Level = (V1.LogLevel)line.Level,
            Message = line.Message,
            Attempt = line.Attempt,
        };

    public static V1.RunState StateOf(RunState state) =>
        state switch
        {
            RunState.Queued => V1.RunState.Queued,
            RunState.Running => V1.RunState.Running,
            RunState.Waiting => V1.RunState.Waiting,
            RunState.Succeeded => V1.RunState.Succeeded,
            RunState.Failed => V1.RunState.Failed,
            RunState.Cancelled => V1.RunState.Cancelled,
            RunState.Skipped => V1.RunState.Skipped,
            _ => throw new ArgumentOutOfRangeException(nameof(state), state, "no such state"),
        };

    private static RunTrigger TriggerOf(RunCause cause) =>
        cause switch
        {
            RunCause.Schedule => RunTrigger.Schedule,
            RunCause.Caller => RunTrigger.Caller,
            RunCause.Backfill => RunTrigger.Backfill,
            RunCause.Job => RunTrigger.Job,
            _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, "no such cause"),
        };

    /// <summary>With how it ended in words, for which the contract has no field of its own.</summary>
    private static Struct? ReportOf(RunRecord run)
    {
        if (run.Report is null && run.Message.Length == 0)
            return null;
        var report = run.Report is null ? new Struct() : JsonParser.Default.Parse<Struct>(run.Report);
        if (run.Message.Length > 0)
            report.Fields["message"] = Value.ForString(run.Message);
        return report;
    }

    private static RunAttempt Of(RunAttemptRecord attempt) =>
        new()
        {
            Attempt = attempt.Number,
            StartTime = Timestamps.Of(attempt.StartTime),
            EndTime = Timestamps.Of(attempt.EndTime),
            Worker = attempt.Worker,
            FencingToken = attempt.FencingToken,
            Error = attempt.Error is { } error
                ? new() { Code = attempt.ErrorCode ?? (int)StatusCode.Unknown, Message = error }
                : null,
        };
}
