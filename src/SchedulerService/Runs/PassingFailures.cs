using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Grpc.Core;

namespace Dendrite.SchedulerService.Runs;

/// <summary>
/// Which failures may pass by themselves, so that another attempt is worth it: of runs and of the steps of workflows.
/// </summary>
internal static class PassingFailures
{
    /// <summary>By the remedy that the status stands for; see <see cref="ErrorStatus"/>.</summary>
    public static bool MayPass(ErrorReason reason) =>
        reason switch
        {
            // A person decides.
            ErrorReason.MergeConflict => false,
            // Sources outside come back.
            ErrorReason.SourceFailed => true,
            _ => ErrorStatus.CodeOf(reason)
                is StatusCode.Unavailable
                    or StatusCode.Aborted
                    or StatusCode.ResourceExhausted
                    or StatusCode.DeadlineExceeded
                    or StatusCode.Cancelled
                    or StatusCode.Internal
                    or StatusCode.Unknown,
        };

    /// <summary>Whether somebody has to change what was asked for, or what it names, before it can be.</summary>
    public static bool IsMistake(ErrorReason reason) =>
        !MayPass(reason)
        && ErrorStatus.CodeOf(reason)
            is StatusCode.InvalidArgument
                or StatusCode.NotFound
                or StatusCode.FailedPrecondition
                or StatusCode.AlreadyExists
                or StatusCode.OutOfRange;
}
