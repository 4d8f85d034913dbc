using Dendrite.BranchService.Naming;
using Dendrite.Storage.Projects;

namespace Dendrite.BranchService.Projects;

/// <summary>Reads the fields of a project that came in a request.</summary>
internal static class ProjectUpdate
{
    private const int MaxDisplayNameLength = 200;
    private const int MaxDescriptionLength = 4_000;

    /// <exception cref="Errors.DendriteException">INVALID_UPDATE_MASK, or INVALID_ARGUMENT of a value.</exception>
    public static ProjectChange Read(V1.UpdateProjectRequest request)
    {
        var fields = request.Project;
        var updatable = new Dictionary<string, bool>
        {
            ["display_name"] = fields.DisplayName.Length > 0,
            ["description"] = fields.Description.Length > 0,
            ["labels"] = fields.Labels.Count > 0,
            ["branch_naming_templates"] = fields.BranchNamingTemplates.Count > 0,
        };
        var change = new ProjectChange();
        foreach (var path in UpdateMask.Paths(request.UpdateMask, updatable))
        {
            change = path switch
            {
                "display_name" => change with { DisplayName = DisplayName(fields) },
                "description" => change with { Description = Description(fields) },
                "labels" => change with { Labels = RequestFields.Labels(fields.Labels, "project.labels") },
                _ => change with { BranchNamingTemplates = BranchNames.Read(fields.BranchNamingTemplates) },
            };
        }

        return change;
    }

    public static string DisplayName(V1.Project fields) =>
        RequestFields.Text(fields.DisplayName, "project.display_name", MaxDisplayNameLength);

    public static string Description(V1.Project fields) =>
        RequestFields.Text(fields.Description, "project.description", MaxDescriptionLength);
}
