namespace Aspire.Hosting.ApplicationModel;

/// <summary>A .NET project of this solution, started as its built assembly.</summary>
public sealed class ProjectResource(string name)
    : Resource(name),
        IResourceWithEnvironment,
        IResourceWithArgs,
        IResourceWithServiceDiscovery,
        IResourceWithWaitSupport;

/// <summary>
/// A server that the official package runs in a container, and this one as a local process where it can.
/// </summary>
public class ContainerResource(string name)
    : Resource(name),
        IResourceWithEnvironment,
        IResourceWithArgs,
        IResourceWithEndpoints,
        IResourceWithWaitSupport;
