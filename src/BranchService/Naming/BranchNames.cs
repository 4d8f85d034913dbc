using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Storage;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Projects;

namespace Dendrite.BranchService.Naming;

/// <summary>Makes names of branches from a project's templates.</summary>
public sealed class BranchNames(ProjectStore projects, BranchNaming naming, TimeProvider time)
{
    /// <summary>The kinds that a project may set a template for, as they stand in the contract's map.</summary>
    private static readonly string[] Kinds = ["experiment", "trial", "restore", "system"];

    /// <summary>Reads the templates of a request.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static IReadOnlyDictionary<string, string> Read(IReadOnlyDictionary<string, string> templates)
    {
        const string Field = "project.branch_naming_templates";
        foreach (var (kind, template) in templates)
        {
            if (!Kinds.Contains(kind))
            {
                throw DendriteException.Invalid(
                    Field,
                    $"'{RequestFields.Excerpt(kind)}' has no template; these have: {string.Join(", ", Kinds)}"
                );
            }

            NamingTemplate.Parse(template, $"{Field}.{kind}");
        }

        return templates;
    }

    /// <summary>The name that the project's template makes of the values. One round trip.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: no template, or values that it does not take.</exception>
    public async Task<NumberedName> FillAsync(
        ProjectName parent,
        BranchKind kind,
        IReadOnlyDictionary<string, string> values,
        CancellationToken cancellationToken
    )
    {
        var project = await projects.GetAsync(parent.Project, cancellationToken);
        return project.BranchNamingTemplates.TryGetValue(kind.ToString().ToLowerInvariant(), out var template)
            ? NamingTemplate.Parse(template, "branch_id").Fill(values, time.GetUtcNow())
            : throw DendriteException.Invalid(
                "branch_id",
                $"is empty, and {parent} has no naming template for this kind: give an id, or set a template "
                    + "('dendrite project update --naming-template')"
            );
    }

    /// <summary>The name with a number that was free just now. One round trip.</summary>
    public Task<string> FindFreeAsync(ProjectId project, NumberedName name, CancellationToken cancellationToken) =>
        naming.FindFreeAsync(project, name, cancellationToken);
}
