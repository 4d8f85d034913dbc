using System.Globalization;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Workflows.Running;

/// <summary>
/// How the branch of a run and its tags are called. Pure: the day and the number come in.
/// </summary>
/// <param name="Template">The project's of experiments; null: it has none.</param>
/// <param name="Values">Of the parts that a caller gives: the fork's, and over them those of the run.</param>
internal sealed record ExperimentNames(
    Workflow Definition,
    NamingTemplate? Template,
    IReadOnlyDictionary<string, string> Values
)
{
    private const string Kind = "experiment";
    private const string Field = "template_values";
    private const string Day = "yyyyMMdd";
    private const int MaxId = 63;

    /// <summary>Eight hexadecimal digits of the run, its hyphen, the day and its hyphen.</summary>
    private const int TailLength = 18;

    // Any day will do to see whether names are ids: all are as long.
    private static readonly DateTimeOffset AnyDay = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static ExperimentNames Of(
        Workflow definition,
        IReadOnlyDictionary<string, string> given,
        IReadOnlyDictionary<string, string> templates
    )
    {
        var values = new Dictionary<string, string>(definition.Steps[0].Fork.TemplateValues, StringComparer.Ordinal);
        foreach (var (part, value) in given)
            values[part] = value;
        var template = templates.TryGetValue(Kind, out var text) ? NamingTemplate.Parse(text, Field) : null;
        return new(definition, template, values);
    }

    /// <summary>Those that the name of the branch needs; the others are of its tags.</summary>
    public IReadOnlyDictionary<string, string> BranchValues => ValuesOf(Template);

    private IEnumerable<WorkflowStep> TagSteps =>
        Definition.Steps.Where(step => step.ActionCase is WorkflowStep.ActionOneofCase.TagId);

    /// <summary>Refuses values of which no names can be made, before anything is.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public void Check()
    {
        Template?.Fill(BranchValues, AnyDay);
        foreach (var step in TagSteps)
            TagOf(step, number: 1, AnyDay);
        // One that nothing needs is a typing error, or meant for what is not there.
        var needed = TagSteps.SelectMany(step => TemplateOf(step).CallerParts).Concat(Template?.CallerParts ?? []);
        if (Values.Keys.Except(needed).FirstOrDefault() is not { } unknown)
            return;
        throw DendriteException.Invalid(
            Field,
            Template is null
                ? $"has '{unknown}', which no tag of the workflow has, and the project has no naming template for "
                    + "experiments: set one with branch_naming_templates, or leave it out"
                : $"'{unknown}' is no part of the template '{Template.Text}' for experiments, nor of a tag of the "
                    + "workflow; leave it out"
        );
    }

    /// <summary>The tags whose ids are known before there is a branch.</summary>
    public IEnumerable<string> TagsKnownAt(DateTimeOffset day) =>
        TagSteps.Where(step => !TemplateOf(step).HasNumber).Select(step => TagOf(step, number: null, day));

    /// <summary>The branch's id where the project has no template; empty: the Branch service makes one by it.</summary>
    public string BranchIdFor(string workflow, Guid run, DateTimeOffset day)
    {
        if (Template is not null)
            return "";
        var head = workflow[..Math.Min(workflow.Length, MaxId - TailLength)].TrimEnd('-');
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{head}-{day.UtcDateTime.ToString(Day)}-{$"{run:N}"[^8..]}"
        );
    }

    /// <summary>The number in the branch's id; null where the template has none, or is another now.</summary>
    /// <param name="created">When the branch was made, as its service says.</param>
    public long? NumberIn(string branch, DateTimeOffset created)
    {
        if (Template is not { HasNumber: true })
            return null;
        // Its day was taken just before, which may have been the day before.
        foreach (var day in new[] { created, created.AddDays(-1) })
        {
            var name = Template.Fill(BranchValues, day);
            var length = branch.Length - name.Prefix.Length - name.Suffix.Length;
            if (
                length > 0
                && long.TryParse(
                    branch.AsSpan(name.Prefix.Length, length),
                    CultureInfo.InvariantCulture,
                    out var number
                )
                && name.WithNumber(number) == branch
            )
                return number;
        }

        return null;
    }

    /// <summary>The id of a step's tag.</summary>
    /// <param name="number">That in the branch's id; null: it has none.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: a part has no value, or they make no id.</exception>
    public string TagOf(WorkflowStep step, long? number, DateTimeOffset day)
    {
        var template = TemplateOf(step);
        if (template.HasNumber && (number is null || Template is not { HasNumber: true }))
            throw DendriteException.Invalid(
                Field,
                $"give no number for tag '{step.TagId}': the name of the branch has none, as the project's template "
                    + "for experiments has no {n}; set one that has, or take {n} out of the tag"
            );
        return template.Fill(ValuesOf(template), day).WithNumber(number ?? 0);
    }

    private static NamingTemplate TemplateOf(WorkflowStep step) => NamingTemplate.Parse(step.TagId, "tag_id");

    private Dictionary<string, string> ValuesOf(NamingTemplate? template)
    {
        var parts = (template?.CallerParts ?? []).ToHashSet(StringComparer.Ordinal);
        return Values.Where(value => parts.Contains(value.Key)).ToDictionary(StringComparer.Ordinal);
    }
}
