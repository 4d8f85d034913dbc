using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Workflows.Running;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Workflows.Steps;

/// <summary>Runs quality checks on the head of the branch; what does not hold ends the step for good.</summary>
internal sealed class ChecksStepWork(TimeProvider time) : IWorkflowStep
{
    private const int PageSize = 1_000;

    /// <summary>Findings that a message names; the result holds them all.</summary>
    private const int MaxSaid = 3;

    private const int MaxMessage = 1_000;

    /// <summary>Of one call; then it is asked again.</summary>
    private static readonly TimeSpan WaitTime = TimeSpan.FromSeconds(20);

    /// <summary>How often in a row nobody may answer who is asked how the checks go on: about a minute.</summary>
    private const int MaxUnanswered = 12;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan LastPause = TimeSpan.FromSeconds(8);

    public WorkflowStep.ActionOneofCase Kind => WorkflowStep.ActionOneofCase.Checks;

    public async Task<StepResult> RunAsync(StepContext step, CancellationToken cancellationToken)
    {
        var checks = await ChecksAsync(step, cancellationToken);
        if (checks.Count == 0)
            return new("The project requires no checks.");
        var request = new RunQualityChecksRequest
        {
            Parent = step.Workflow.Name.Parent.ToString(),
            Snapshot = new() { Branch = step.Workflow.Branch.ToString() },
            // Each attempt is a new operation: what has failed would only be found failed again.
            RequestId = step.RequestIdFor($"run/{step.Workflow.State.Round}/{step.State.Failures}"),
        };
        request.Checks.AddRange(checks);
        var begun = await step.Calls.DoAsync<QualityService.QualityServiceClient, RunQualityChecksResponse>(
            step.Run,
            (client, options) => client.RunQualityChecksAsync(request, options),
            cancellationToken
        );
        var ended = await FollowAsync(step, begun.Operation, cancellationToken);
        if (ended.State is not OperationState.Succeeded)
            throw new InvalidOperationException($"The checks could not be run: {ended.Error?.Message}");
        return Judge(ended.Response.Unpack<QualityResult>(), checks.Count);
    }

    public async Task<string> PreviewAsync(StepContext step, CancellationToken cancellationToken)
    {
        var checks = await ChecksAsync(step, cancellationToken);
        return checks.Count == 0
            ? "check nothing: the project requires no checks."
            : $"run {string.Join(", ", checks.Select(check => QualityCheckName.Parse(check).QualityCheck))}.";
    }

    private static async Task<IReadOnlyList<string>> ChecksAsync(StepContext step, CancellationToken cancellationToken)
    {
        if (step.Definition.Checks.Checks.Count > 0)
            return step.Definition.Checks.Checks;
        var required = new List<string>();
        var request = new ListQualityChecksRequest
        {
            Parent = step.Workflow.Name.Parent.ToString(),
            PageSize = PageSize,
        };
        do
        {
            var page = await step.Calls.DoAsync<QualityService.QualityServiceClient, ListQualityChecksResponse>(
                step.Run,
                (client, options) => client.ListQualityChecksAsync(request, options),
                cancellationToken
            );
            required.AddRange(page.QualityChecks.Where(check => check.RequiredForMerge).Select(check => check.Name));
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);

        return required;
    }

    /// <summary>
    /// Follows the checks to their end. A replica that stops is no failed attempt: they go on at another one, and it is
    /// asked there.
    /// </summary>
    private async Task<Operation> FollowAsync(
        StepContext step,
        Operation operation,
        CancellationToken cancellationToken
    )
    {
        // A run that finds no place to rest is given back: when it comes again, this is how far they are by then.
        if (operation.EndTime is not null)
            return operation;
        using var rest = step.Run.Rest();
        var unanswered = 0;
        while (operation.EndTime is null)
        {
            step.Tell(operation.Progress?.Step is { Length: > 0 } doing ? doing : "checking");
            try
            {
                operation = await WaitAsync(step, operation, cancellationToken);
                unanswered = 0;
            }
            catch (DendriteException away) when (away.Reason == ErrorReason.Unavailable && unanswered < MaxUnanswered)
            {
                var pause = FirstPause * Math.Pow(2, unanswered++);
                await Task.Delay(pause < LastPause ? pause : LastPause, time, cancellationToken);
            }
        }

        return operation;
    }

    private static async Task<Operation> WaitAsync(
        StepContext step,
        Operation operation,
        CancellationToken cancellationToken
    )
    {
        var wait = new WaitOperationRequest
        {
            Name = operation.Name,
            Timeout = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(WaitTime),
        };
        var answer = await step.Calls.DoAsync<OperationService.OperationServiceClient, WaitOperationResponse>(
            step.Run,
            (client, options) => client.WaitOperationAsync(wait, options),
            cancellationToken
        );
        return answer.Operation;
    }

    private static StepResult Judge(QualityResult result, int count)
    {
        if (!result.Passed)
        {
            var wrong = result.Findings.Where(finding => !finding.Passed).ToList();
            var said = wrong
                .Take(MaxSaid)
                .Select(finding => $"{QualityCheckName.Parse(finding.Check).QualityCheck}: {finding.Message}");
            var more = wrong.Count > MaxSaid ? $" and {wrong.Count - MaxSaid} more" : "";
            throw new StepRefusedException(
                ExperimentBranch.Cut($"Checks do not hold: {string.Join("; ", said)}{more}", MaxMessage)
            );
        }

        return new(count == 1 ? "1 check holds." : $"{count} checks hold.")
        {
            Results = new Dictionary<string, long>(StringComparer.Ordinal) { ["checks"] = count },
        };
    }
}
