using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Projects;

/// <summary>
/// <c>dendrite project</c>: the tenants, and how their branches are named. Without an id it is the project that all
/// commands work in.
/// </summary>
internal static class ProjectCommands
{
    public static Command Build(CliApplication application)
    {
        var projects = new ResourceCommands(
            application,
            () =>
                new("PROJECT")
                {
                    Description = "Id of the project; the one that all commands work in where it is left out.",
                    Arity = ArgumentArity.ZeroOrOne,
                },
            (platform, id) => platform.ProjectNameOf(id)
        );
        var newOnes = new ResourceCommands(
            application,
            () => new("PROJECT") { Description = "Id of the project." },
            (platform, id) => platform.ProjectNameOf(id)
        );
        return new("project", "Show and change projects, and say how their branches are named.")
        {
            List(projects),
            Show(projects),
            Create(newOnes),
            Update(projects),
        };
    }

    private static Command List(ResourceCommands projects) =>
        projects.List(
            "List the projects that the key reaches.",
            (_, size) => new ListProjectsRequest { PageSize = size },
            (platform, asked, token) => platform.Projects.ListProjectsAsync(asked, cancellationToken: token),
            ProjectView.Write
        );

    private static Command Show(ResourceCommands projects) =>
        projects.Show(
            "Show a project, and how its branches are named.",
            (platform, name, token) =>
                platform.Projects.GetProjectAsync(new() { Name = name }, cancellationToken: token),
            (output, found) => ProjectView.Write(output, found.Project)
        );

    private static Command Create(ResourceCommands projects)
    {
        var options = new ProjectOptions(isNew: true);
        return projects.Create(
            "Make a project with its protected main; the key must reach every project.",
            options.All,
            async (session, id, token) =>
            {
                var request = new CreateProjectRequest
                {
                    ProjectId = id,
                    Project = new(),
                    RequestId = session.NewRequestId(),
                };
                options.Apply(session.Arguments, request.Project);
                return await session.Platform.Projects.CreateProjectAsync(request, cancellationToken: token);
            },
            (output, made) => ProjectView.Write(output, made.Project)
        );
    }

    private static Command Update(ResourceCommands projects)
    {
        var options = new ProjectOptions(isNew: false);
        return projects.Update(
            "Change what is given of a project; labels and templates that are not named stay.",
            options.All,
            async (session, target, token) =>
            {
                var mask = options.MaskOf(session.Arguments);
                var client = session.Platform.Projects;
                var current = await client.GetProjectAsync(new() { Name = target.Name }, cancellationToken: token);
                var changed = current.Project;
                // Under the etag of what was read: a label that somebody sets meanwhile is not lost.
                if (target.Etag.Length > 0)
                    changed.Etag = target.Etag;
                options.Apply(session.Arguments, changed);
                var request = new UpdateProjectRequest
                {
                    Project = changed,
                    UpdateMask = mask,
                    RequestId = session.NewRequestId(),
                };
                return await client.UpdateProjectAsync(request, cancellationToken: token);
            },
            (output, updated) => ProjectView.Write(output, updated.Project)
        );
    }
}
