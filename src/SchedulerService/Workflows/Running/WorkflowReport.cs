using System.Text.Json;
using System.Text.Json.Nodes;
using Dendrite.Contracts.Names;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Workflows.Running;

/// <summary>What the run's record shows of a workflow, at any time while it goes on.</summary>
internal static class WorkflowReport
{
    public static string Of(WorkflowName name, Workflow definition, WorkflowState state)
    {
        var report = new JsonObject
        {
            ["workflow"] = name.ToString(),
            ["branch"] = state.Branch is { } branch ? new BranchName(name.Project, branch).ToString() : "",
            ["steps"] = new JsonArray([.. state.Steps.Select((step, i) => StepOf(step, definition.Steps[i]))]),
        };
        if (state.Failure is { } failure)
            report["failed_step"] = failure.Step;
        if (state.Compensation.Length > 0)
            report["compensation"] = state.Compensation;
        return report.ToJsonString();
    }

    /// <summary>The figures of all steps; those of the same name are added up.</summary>
    public static IReadOnlyDictionary<string, long> ResultsOf(WorkflowState state)
    {
        var results = new Dictionary<string, long>(StringComparer.Ordinal)
        {
            ["steps_done"] = state.Next,
            ["steps"] = state.Steps.Count,
        };
        foreach (var (figure, value) in state.Steps.SelectMany(step => step.Results ?? new Dictionary<string, long>()))
            results[figure] = results.GetValueOrDefault(figure) + value;
        return results;
    }

    /// <summary>The action's name in the contract, such as <c>sync_source</c>.</summary>
    public static string ActionOf(WorkflowStep step) =>
        WorkflowStep.Descriptor.Oneofs[0].Accessor.GetCaseFieldDescriptor(step)?.Name ?? "";

    private static JsonObject StepOf(StepState step, WorkflowStep definition)
    {
        var shown = new JsonObject
        {
            ["step"] = step.Id,
            ["action"] = ActionOf(definition),
            ["state"] = JsonNamingPolicy.CamelCase.ConvertName(step.State.ToString()),
            ["attempts"] = step.Failures + (step.State is StepStage.Running or StepStage.Succeeded ? 1 : 0),
            ["message"] = step.Message,
        };
        if (step.Deaths > 0)
            shown["workers_lost"] = step.Deaths;
        if (step.StartTime is { } start)
            shown["start_time"] = start.UtcDateTime.ToString("O");
        if (step.EndTime is { } end)
            shown["end_time"] = end.UtcDateTime.ToString("O");
        return shown;
    }
}
