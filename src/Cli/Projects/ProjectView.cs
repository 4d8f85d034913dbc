using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Projects;

/// <summary>How projects look.</summary>
internal static class ProjectView
{
    public static void Write(CliOutput output, Project project)
    {
        if (output.IsJson)
        {
            output.WriteMessage(project);
            return;
        }

        var title = project.DisplayName.Length > 0 ? $"  {project.DisplayName}" : "";
        output.WriteLine($"project {Shown.Id(project.Name)}{title}");
        if (project.Description.Length > 0)
            output.WriteLine($"  about    {project.Description}");
        if (project.Labels.Count > 0)
            output.WriteLine($"  labels   {Shown.Pairs(project.Labels)}");
        foreach (
            var (kind, template) in project.BranchNamingTemplates.OrderBy(pair => pair.Key, StringComparer.Ordinal)
        )
            output.WriteLine($"  names    {kind}: {template}");
        if (project.BranchNamingTemplates.Count == 0)
            output.WriteLine("  names    no template: every branch is given an id");
        output.WriteLine($"  created  {Shown.Time(project.CreateTime)}");
        output.WriteLine($"  changed  {Shown.Time(project.UpdateTime)}");
        output.WriteLine($"  etag     {project.Etag}");
    }

    public static void Write(CliOutput output, ListProjectsResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }

        var table = new TextTable("PROJECT", "CREATED", "NAMING TEMPLATES", "TITLE");
        foreach (var project in list.Projects)
        {
            table.Add(
                Shown.Id(project.Name),
                Shown.Time(project.CreateTime),
                Shown.Pairs(project.BranchNamingTemplates),
                project.DisplayName
            );
        }

        table.WriteTo(output);
    }
}
