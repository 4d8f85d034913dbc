using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Grpc.Core;

namespace Dendrite.SchedulerService.Workflows.Running;

/// <summary>Why an attempt of a step failed.</summary>
/// <param name="MayPass">Whether another attempt may do better.</param>
internal sealed record StepFailure(string Message, StatusCode Code, bool MayPass)
{
    public static StepFailure Of(Exception error) =>
        error switch
        {
            StepRefusedException refused => new(refused.Message, StatusCode.FailedPrecondition, MayPass: false),
            DendriteException known => new(known.Message, ErrorStatus.CodeOf(known.Reason), MayPassOf(known.Reason)),
            _ => new(error.Message, StatusCode.Unknown, MayPass: true),
        };

    public static StepFailure TimedOut(TimeSpan limit) =>
        new(
            $"It took longer than {limit}: give the step a longer timeout, or see what keeps it.",
            StatusCode.DeadlineExceeded,
            MayPass: false
        );

    /// <summary>By the remedy that the status stands for; see <see cref="ErrorStatus"/>.</summary>
    private static bool MayPassOf(ErrorReason reason) =>
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
}
