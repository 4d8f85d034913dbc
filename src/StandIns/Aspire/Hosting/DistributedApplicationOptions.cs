namespace Aspire.Hosting;

/// <summary>How the AppHost itself is set up.</summary>
public sealed class DistributedApplicationOptions
{
    /// <summary>The command line; also read as configuration.</summary>
    public string[]? Args { get; set; }

    /// <summary>The assembly that carries the AppHost's metadata; null means the entry assembly.</summary>
    public string? AssemblyName { get; set; }

    /// <summary>The folder of the AppHost's project; null means what the build recorded in the assembly.</summary>
    public string? ProjectDirectory { get; set; }

    /// <summary>Accepted for the official package's sake: no dashboard is run here.</summary>
    public bool DisableDashboard { get; set; }
}
