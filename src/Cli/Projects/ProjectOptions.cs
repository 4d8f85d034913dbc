using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
using Dendrite.V1;
using Google.Protobuf.Collections;
using FieldMask = Google.Protobuf.WellKnownTypes.FieldMask;

namespace Dendrite.Cli.Projects;

/// <summary>
/// A project by options. Those that hold pairs change the pairs of an existing one that they name, and no others.
/// </summary>
internal sealed class ProjectOptions
{
    private readonly Option<string?> title = FieldOptions.Title();

    private readonly Option<string?> description = FieldOptions.Text("--description", "TEXT", "What it is for.");

    private readonly bool isNew;
    private readonly Option<string[]?> labels;
    private readonly Option<string[]?> templates;

    /// <param name="isNew">The project is to be made: it has no pairs to take away.</param>
    public ProjectOptions(bool isNew)
    {
        this.isNew = isNew;
        labels = new("--label")
        {
            Description = $"A label, such as site=berlin{(isNew ? "" : "; KEY= takes one away")}. Once for each.",
            HelpName = "KEY=VALUE",
        };
        templates = new("--naming-template")
        {
            Description =
                "How branches of a kind (experiment, trial, restore or system) are named, such as "
                + $"'experiment=experiment-{{date}}-{{purpose}}-v{{n}}'{(isNew ? "" : "; KIND= takes one away")}. "
                + "Once for each.",
            HelpName = "KIND=TEMPLATE",
        };
    }

    public Option[] All => [title, description, labels, templates];

    /// <summary>The paths of what was given.</summary>
    /// <exception cref="CliException">Nothing was.</exception>
    public FieldMask MaskOf(ParseResult arguments) => Take(arguments, new()).Mask;

    /// <summary>Changes what was given of a project, and nothing else.</summary>
    /// <exception cref="CliException">A pair has no <c>=</c>, or a key of a new project is given twice.</exception>
    public void Apply(ParseResult arguments, Project project) => Take(arguments, project);

    private GivenFields Take(ParseResult arguments, Project project)
    {
        var given = new GivenFields(arguments);
        given.Take(title, "display_name", text => project.DisplayName = text);
        given.Take(description, "description", text => project.Description = text);
        given.Take(labels, "labels", pairs => Change(labels, pairs, project.Labels));
        given.Take(
            templates,
            "branch_naming_templates",
            pairs => Change(templates, pairs, project.BranchNamingTemplates)
        );
        return given;
    }

    private void Change(Option option, string[] pairs, MapField<string, string> values)
    {
        if (isNew)
        {
            values.Add(PairsOption.Read(pairs, option.Name));
        }
        else
        {
            PairsOption.Apply(pairs, values);
        }
    }
}
