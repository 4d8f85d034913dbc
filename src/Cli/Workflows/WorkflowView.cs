using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Workflows;

/// <summary>How workflows look.</summary>
internal static class WorkflowView
{
    public static void Write(CliOutput output, Workflow workflow)
    {
        if (output.IsJson)
        {
            output.WriteMessage(workflow);
            return;
        }

        var title = workflow.DisplayName.Length > 0 ? $"  {workflow.DisplayName}" : "";
        output.WriteLine($"workflow {Shown.Id(workflow.Name)}{title}");
        output.WriteLine(
            workflow.OnFailure is WorkflowFailurePolicy.Delete
                ? "  when a step fails for good: the branch is marked as failed and deleted"
                : "  when a step fails for good: the branch is marked as failed and kept"
        );
        output.WriteLine($"  changed {Shown.Time(workflow.UpdateTime)}, etag {workflow.Etag}");
        var table = new TextTable("STEP", "DOES", "TIMEOUT", "ATTEMPTS");
        foreach (var step in workflow.Steps)
        {
            table.Add(
                step.StepId,
                Describe(step),
                step.Timeout is { } timeout ? Shown.Span(timeout) : "",
                step.MaxAttempts > 0 ? $"{step.MaxAttempts}" : ""
            );
        }

        table.WriteTo(output);
    }

    public static void Write(CliOutput output, ListWorkflowsResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }

        if (list.Workflows.Count == 0)
        {
            output.WriteLine("No workflows; declare one in a file and make it with 'workflow create'.");
            return;
        }

        var table = new TextTable("WORKFLOW", "TITLE", "STEPS", "CHANGED");
        foreach (var workflow in list.Workflows)
        {
            table.Add(
                Shown.Id(workflow.Name),
                Shown.Brief(workflow.DisplayName, 40),
                string.Join(" > ", workflow.Steps.Select(step => step.StepId)),
                Shown.Time(workflow.UpdateTime)
            );
        }

        table.WriteTo(output);
    }

    private static string Describe(WorkflowStep step) =>
        step.ActionCase switch
        {
            WorkflowStep.ActionOneofCase.Fork => $"forks {SourceOf(step.Fork.Source)}{ValuesOf(step.Fork)}",
            WorkflowStep.ActionOneofCase.SyncSource => $"pulls {Shown.Id(step.SyncSource)}",
            WorkflowStep.ActionOneofCase.WaitForStreams =>
                $"waits for {Figures.Count(step.WaitForStreams.StreamCount, "finished stream")}",
            WorkflowStep.ActionOneofCase.Checks when step.Checks.Checks.Count == 0 => "runs the required checks",
            WorkflowStep.ActionOneofCase.Checks =>
                $"checks {string.Join(", ", step.Checks.Checks.Select(check => Shown.Id(check)))}",
            WorkflowStep.ActionOneofCase.Merge =>
                $"merges into {(step.Merge.Target.Length > 0 ? Shown.Id(step.Merge.Target) : "main")}",
            WorkflowStep.ActionOneofCase.Complete => "marks as completed",
            WorkflowStep.ActionOneofCase.TagId => $"tags {step.TagId}",
            _ => "does what this version does not know",
        };

    private static string SourceOf(SnapshotReference? source) =>
        source?.Point?.Tag is { Length: > 0 } tag ? Shown.Id(tag)
        : source is { Branch.Length: > 0 } ? Shown.Id(source.Branch)
        : "main";

    private static string ValuesOf(ForkStep fork) =>
        fork.TemplateValues.Count > 0 ? $" with {Shown.Pairs(fork.TemplateValues)}" : "";
}
