using Dendrite.Contracts.Names;
using Dendrite.SchedulerService.Workflows.Running;
using Dendrite.V1;
using LogLevel = Dendrite.V1.LogLevel;

namespace Dendrite.SchedulerService.Workflows.Steps;

/// <summary>Saves the results: merges the branch, all at once or not at all.</summary>
internal sealed class MergeStepWork : IWorkflowStep
{
    private const string Main = "main";

    public WorkflowStep.ActionOneofCase Kind => WorkflowStep.ActionOneofCase.Merge;

    public async Task<StepResult> RunAsync(StepContext step, CancellationToken cancellationToken)
    {
        var target = TargetOf(step);
        var request = new MergeBranchRequest
        {
            Pair = new() { Source = step.Workflow.Branch.ToString(), Target = target },
            Policy = step.Definition.Merge.Policy,
            Message = $"{step.Origin}.",
            RequestId = step.RequestIdFor("merge"),
        };
        var done = await step.Calls.DoAsync<MergeService.MergeServiceClient, MergeBranchResponse>(
            step.Run,
            (client, options) => client.MergeBranchAsync(request, options),
            cancellationToken
        );
        foreach (var warning in done.CheckWarnings)
            step.Workflow.Log(LogLevel.Warning, $"{warning.Check}: {warning.Message}");
        return ResultOf(done, target);
    }

    public Task<string> PreviewAsync(StepContext step, CancellationToken cancellationToken) =>
        Task.FromResult($"merge the branch into {TargetOf(step)}.");

    private static string TargetOf(StepContext step) =>
        step.Definition.Merge.Target.Length > 0
            ? step.Definition.Merge.Target
            : new BranchName(step.Workflow.Name.Project, Main).ToString();

    private static StepResult ResultOf(MergeBranchResponse done, string target)
    {
        if (done.Outcome is MergeOutcome.UpToDate)
            return new($"{target} has everything already.");
        var counts = done.Merge?.Counts ?? new();
        var records = counts.RecordsAdded + counts.RecordsChanged + counts.RecordsDeleted;
        var streams = Counted.Of(counts.StreamsChanged, "stream");
        return new($"Merged into {target}: {Counted.Of(records, "record")}, {streams}.")
        {
            Results = new Dictionary<string, long>(StringComparer.Ordinal)
            {
                ["merged_records"] = records,
                ["merged_streams"] = counts.StreamsChanged,
            },
        };
    }
}
