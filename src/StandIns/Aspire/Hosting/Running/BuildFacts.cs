using System.Reflection;

namespace Aspire.Hosting.Running;

/// <summary>What the build recorded in the AppHost's assembly; see build/StandIns.Aspire.Hosting.targets.</summary>
internal sealed class BuildFacts(Assembly? assembly)
{
    private const string ProjectKeyPrefix = "apphostproject:";

    private readonly Dictionary<string, string?> facts = (
        assembly?.GetCustomAttributes<AssemblyMetadataAttribute>() ?? []
    ).ToDictionary(a => a.Key, a => a.Value, StringComparer.Ordinal);

    public string? ProjectDirectory => facts.GetValueOrDefault("apphostprojectpath");

    /// <summary>The folder for what servers keep.</summary>
    public string? StorePath => facts.GetValueOrDefault("apphoststorepath");

    /// <summary>
    /// The built assembly of a referenced project, of the configuration that the AppHost was built in.
    /// </summary>
    public string AssemblyOf(string projectPath) =>
        facts.GetValueOrDefault(ProjectKeyPrefix + projectPath)
        ?? throw new DistributedApplicationException(
            $"{projectPath} is not among the project references of {assembly?.GetName().Name}: add it there"
        );
}
