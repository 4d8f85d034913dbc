using Dendrite.Storage.Operations;
using Dendrite.Storage.Scheduling;

namespace Dendrite.SchedulerService.Backups.Jobs;

/// <summary>How an operation's end is that of a run.</summary>
internal static class OperationOutcome
{
    /// <summary>The outcome of one that did not succeed.</summary>
    public static RunOutcome Failed(OperationRecord ended)
    {
        var status = Dendrite.Rpc.Status.Parser.ParseFrom(ended.Error);
        // The request of the run is that operation's: another attempt would only meet its end again.
        return RunOutcome.FailedForGood(status.Message) with { ErrorCode = status.Code };
    }
}
