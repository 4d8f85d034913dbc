using System.Text;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Secrets;

/// <summary>
/// Secrets that whoever runs the installation has put there: <c>Secrets:NAME</c> of the configuration
/// (<c>Secrets__NAME</c> as an environment variable), or a file of that name in
/// <see cref="SecretOptions.SecretsFolder"/>. Resources name them and never hold them. Thread-safe.
/// </summary>
/// <remarks>
/// Whoever may write a resource may name any secret that its project finds, and say where it is sent. So a secret of
/// one project stands below the project's id, <c>Secrets:PROJECT:NAME</c> or <c>PROJECT/NAME</c>, where no other
/// project finds it; what stands directly below <c>Secrets</c> is for all projects, but for what the installation uses
/// itself (<see cref="SecretOptions.OwnNames"/>). That of the project counts first. Values are read anew each time, so
/// that a replaced one counts from the next use on.
/// </remarks>
internal sealed class InstallationSecrets(IConfiguration configuration, IOptions<SecretOptions> options)
{
    /// <summary>The form of a name in words.</summary>
    public const string Form = "a letter, then up to 62 letters, digits, hyphens or underscores";

    private const string Section = "Secrets";
    private const int MaxNameLength = 63;

    /// <summary>Keys and certificates are some KB; what is larger was mounted by mistake.</summary>
    private const int MaxBytes = 64 << 10;

    /// <summary>Whether a text can be the name of a secret: nothing that leaves a folder or a section.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength
        && char.IsAsciiLetter(name[0])
        && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');

    /// <summary>The secret; null where the installation has none of that name for this project.</summary>
    public Secret? Find(string project, string name)
    {
        if (!IsName(name))
        {
            return null;
        }

        var value = configuration[$"{Section}:{project}:{name}"] ?? ReadFile(project, name);
        return value is null && !options.Value.OwnNames.Contains(name) ? FindOwn(name) : Of(name, value);
    }

    /// <summary>
    /// A secret that the installation uses itself, such as the password for its mail server: that of all projects,
    /// which none of them finds where <see cref="SecretOptions.OwnNames"/> has its name.
    /// </summary>
    public Secret? FindOwn(string name) =>
        IsName(name) ? Of(name, configuration[$"{Section}:{name}"] ?? ReadFile(name)) : null;

    /// <summary>A secret of the installation in a file of its own; null where there is none that can be read.</summary>
    public static Secret? FindInFile(string file) => Of(file, Read(file));

    /// <summary>The secret that a field of a request names.</summary>
    /// <param name="field">The proto path of the field, for the error.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: no name, or the installation has none of it.</exception>
    public Secret Get(string project, string name, string field)
    {
        if (!IsName(name))
        {
            // Not shown: who mistakes the field for the secret itself has put that here.
            throw DendriteException.Invalid(field, $"is no name of a secret; give {Form}, never the secret itself");
        }

        return Find(project, name)
            ?? throw DendriteException.Invalid(
                field,
                $"the installation has no secret '{RequestFields.Excerpt(name)}' for project '{project}'; whoever runs "
                    + $"it sets Secrets:{project}:{name} in the Scheduler's configuration, or puts a file "
                    + $"{project}/{name} into the folder of Scheduler:SecretsFolder"
            );
    }

    private static Secret? Of(string name, string? value) => value is { Length: > 0 } ? new Secret(name, value) : null;

    private string? ReadFile(params string[] path) =>
        options.Value.SecretsFolder is { Length: > 0 } folder ? Read(Path.Combine([folder, .. path])) : null;

    private static string? Read(string file)
    {
        try
        {
            using var content = File.OpenRead(file);
            var bytes = new byte[MaxBytes + 1];
            var length = content.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            // Editors end a file with a line end, which is no part of what was meant.
            return length <= MaxBytes ? Encoding.UTF8.GetString(bytes, 0, length).TrimEnd('\r', '\n') : null;
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
