using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Running;

namespace Aspire.Hosting;

/// <summary>
/// Where a project is. The build writes an implementation for each project that the AppHost references.
/// </summary>
public interface IProjectMetadata : IResourceAnnotation
{
    /// <summary>The full path of the project file.</summary>
    string ProjectPath { get; }

    /// <summary>
    /// Whether the AppHost need not build it: always so here, as building the AppHost builds what it references.
    /// </summary>
    bool SuppressBuild => false;
}

public static class ProjectResourceBuilderExtensions
{
    /// <summary>
    /// Adds a project. Its endpoints are those of <c>Kestrel:Endpoints</c> in its appsettings.json, by their names;
    /// each replica gets free ports of its own for them.
    /// </summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder,
        string name
    )
        where TProject : IProjectMetadata, new()
    {
        var project = new TProject();
        var resource = builder.AddResource(new ProjectResource(name)).WithAnnotation<IProjectMetadata>(project);
        foreach (var endpoint in KestrelEndpoints.Read(project.ProjectPath, builder.Environment.EnvironmentName))
        {
            resource.WithAnnotation(endpoint);
        }

        return resource;
    }

    public static IResourceBuilder<ProjectResource> WithReplicas(
        this IResourceBuilder<ProjectResource> builder,
        int replicas
    ) => builder.WithAnnotation(new ReplicaAnnotation(replicas), ResourceAnnotationMutationBehavior.Replace);
}
