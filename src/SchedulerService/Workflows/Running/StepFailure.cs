using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.SchedulerService.Runs;
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
            DendriteException known => new(
                known.Message,
                ErrorStatus.CodeOf(known.Reason),
                PassingFailures.MayPass(known.Reason)
            ),
            _ => new(error.Message, StatusCode.Unknown, MayPass: true),
        };

    public static StepFailure TimedOut(TimeSpan limit) =>
        new(
            $"It took longer than {limit}: give the step a longer timeout, or see what keeps it.",
            StatusCode.DeadlineExceeded,
            MayPass: false
        );
}
