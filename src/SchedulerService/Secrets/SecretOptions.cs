namespace Dendrite.SchedulerService.Secrets;

/// <summary>Where the installation keeps its secrets, besides configuration. Section <c>Scheduler</c>.</summary>
internal sealed class SecretOptions
{
    /// <summary>
    /// A folder with a file for each secret, as container platforms mount them; a folder in it named like a project
    /// holds those of that project alone. Null: none.
    /// </summary>
    public string? SecretsFolder { get; set; }
}
