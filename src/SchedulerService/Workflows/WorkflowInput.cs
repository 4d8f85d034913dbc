using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Enum = System.Enum;

namespace Dendrite.SchedulerService.Workflows;

/// <summary>Reads the fields of a workflow that came in a request.</summary>
internal static class WorkflowInput
{
    public const string Field = "workflow";

    private const int MaxTitle = 200;
    private const int MaxSteps = 50;

    /// <summary>What callers set, checked as a whole; what the server sets is left out.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT, MALFORMED_NAME.</exception>
    public static Workflow Settle(Workflow fields, ProjectName project)
    {
        var settled = new Workflow
        {
            DisplayName = RequestFields.Text(fields.DisplayName, $"{Field}.display_name", MaxTitle),
            OnFailure = Enum.IsDefined(fields.OnFailure)
                ? fields.OnFailure
                : throw Invalid("on_failure", $"{(int)fields.OnFailure} is not known; give KEEP or DELETE"),
        };
        if (fields.Steps.Count is 0 or > MaxSteps)
            throw Invalid("steps", $"has {fields.Steps.Count} steps; give 1 to {MaxSteps}, the first of which forks");
        var known = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < fields.Steps.Count; i++)
        {
            var at = $"{Field}.steps[{i}]";
            var step = fields.Steps[i];
            StepInput.Check(step, at, project);
            if (!known.Add(step.StepId))
                throw DendriteException.Invalid($"{at}.step_id", $"'{step.StepId}' is the id of an earlier step too");
            if (step.ActionCase is WorkflowStep.ActionOneofCase.Fork != (i == 0))
                throw DendriteException.Invalid(
                    at,
                    i == 0
                        ? "does not fork: the first step makes the branch that all others work on"
                        : "forks again: a workflow has one branch; make another workflow for another one"
                );
            settled.Steps.Add(step.Clone());
        }

        return settled;
    }

    /// <summary>The current fields with those of a change.</summary>
    /// <exception cref="DendriteException">INVALID_UPDATE_MASK.</exception>
    public static Workflow Merge(Workflow current, Workflow fields, FieldMask? mask)
    {
        var merged = current.Clone();
        var updatable = new Dictionary<string, bool>
        {
            ["display_name"] = fields.DisplayName.Length > 0,
            ["steps"] = fields.Steps.Count > 0,
            ["on_failure"] = fields.OnFailure != WorkflowFailurePolicy.Unspecified,
        };
        foreach (var path in UpdateMask.Paths(mask, updatable))
        {
            switch (path)
            {
                case "display_name":
                    merged.DisplayName = fields.DisplayName;
                    break;
                case "on_failure":
                    merged.OnFailure = fields.OnFailure;
                    break;
                default:
                    merged.Steps.Clear();
                    merged.Steps.AddRange(fields.Steps.Select(step => step.Clone()));
                    break;
            }
        }

        return merged;
    }

    private static DendriteException Invalid(string path, string problem) =>
        DendriteException.Invalid($"{Field}.{path}", problem);
}
