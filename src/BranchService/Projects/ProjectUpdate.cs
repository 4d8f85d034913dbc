using Dendrite.BranchService.Naming;
using Dendrite.Storage.Projects;

namespace Dendrite.BranchService.Projects;

/// <summary>Reads the fields of a project that came in a request.</summary>
internal static class ProjectUpdate
{
    private const int MaxDisplayNameLength = 200;
    private const int MaxDescriptionLength = 4_000;

    private static readonly UpdatableFields<V1.Project, ProjectChange> Fields = new()
    {
        {
            "display_name",
            fields => fields.DisplayName.Length > 0,
            (change, fields) => change with { DisplayName = DisplayName(fields) }
        },
        {
            "description",
            fields => fields.Description.Length > 0,
            (change, fields) => change with { Description = Description(fields) }
        },
        {
            "labels",
            fields => fields.Labels.Count > 0,
            (change, fields) => change with { Labels = RequestFields.Labels(fields.Labels, "project.labels") }
        },
        {
            "branch_naming_templates",
            fields => fields.BranchNamingTemplates.Count > 0,
            (change, fields) => change with { BranchNamingTemplates = BranchNames.Read(fields.BranchNamingTemplates) }
        },
    };

    /// <exception cref="Errors.DendriteException">INVALID_UPDATE_MASK, or INVALID_ARGUMENT of a value.</exception>
    public static ProjectChange Read(V1.UpdateProjectRequest request) =>
        Fields.Read(new(), request.Project, request.UpdateMask);

    public static string DisplayName(V1.Project fields) =>
        RequestFields.Text(fields.DisplayName, "project.display_name", MaxDisplayNameLength);

    public static string Description(V1.Project fields) =>
        RequestFields.Text(fields.Description, "project.description", MaxDescriptionLength);
}
