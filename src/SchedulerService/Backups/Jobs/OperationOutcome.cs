using Dendrite.Contracts.Errors;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Operations;
using Dendrite.Storage.Scheduling;

namespace Dendrite.SchedulerService.Backups.Jobs;

/// <summary>How an operation's end is that of a run.</summary>
internal static class OperationOutcome
{
    /// <summary>
    /// The outcome of one that did not succeed. What may pass is tried again; what somebody stopped is not.
    /// </summary>
    public static RunOutcome Failed(OperationRecord ended)
    {
        var status = Dendrite.Rpc.Status.Parser.ParseFrom(ended.Error);
        var mayPass = NestedStatus.ToError(status) is not { } known || PassingFailures.MayPass(known.Reason);
        return RunOutcome.Failed(status.Message) with
        {
            MayRetry = ended.State == OperationState.Failed && mayPass,
            ErrorCode = status.Code,
        };
    }
}
