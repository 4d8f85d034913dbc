namespace Dendrite.SchedulerService.Secrets;

/// <summary>Where the installation keeps its secrets, besides configuration. Section <c>Scheduler</c>.</summary>
internal sealed class SecretOptions
{
    /// <summary>
    /// A folder with a file for each secret, as container platforms mount them; a folder in it named like a project
    /// holds those of that project alone. Null: none.
    /// </summary>
    public string? SecretsFolder { get; set; }

    /// <summary>
    /// Names of secrets that the installation itself uses: what stands under one of them for all projects is found by
    /// none.
    /// </summary>
    internal HashSet<string> OwnNames { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a file lies where projects find their secrets.</summary>
    /// <param name="file">A path; empty: none.</param>
    internal bool Holds(string file) =>
        file.Length > 0
        && SecretsFolder is { Length: > 0 } folder
        && Path.GetFullPath(file)
            .StartsWith(
                Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar,
                StringComparison.OrdinalIgnoreCase
            );
}
