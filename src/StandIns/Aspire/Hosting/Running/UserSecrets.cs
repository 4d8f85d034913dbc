using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace Aspire.Hosting.Running;

/// <summary>
/// The AppHost's user secrets: one JSON file in the user's profile, shared by all checkouts of the AppHost. Generated
/// passwords are kept there, as data outlives a run.
/// </summary>
internal sealed class UserSecrets(string path)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(10);

    /// <summary>The secrets of this AppHost, or null where it has no UserSecretsId.</summary>
    public static UserSecrets? Of(Assembly? assembly)
    {
        var id = assembly?.GetCustomAttribute<UserSecretsIdAttribute>()?.UserSecretsId;
        return id is null ? null : new UserSecrets(PathHelper.GetSecretsPathFromSecretsId(id));
    }

    /// <summary>
    /// The value kept under the key, or the one made now and kept from here on. Two AppHosts in their first run at the
    /// same time get the same value: the file is locked from the look to the write.
    /// </summary>
    public string GetOrAdd(string key, Func<string> make)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var held = FileLock.Take(path + ".lock", LockLimit);
        var secrets = Read();
        if (secrets[key]?.GetValue<string>() is { } known)
        {
            return known;
        }

        var value = make();
        secrets[key] = value;
        PrivateFile.Write(path, secrets.ToJsonString(Indented));
        return value;
    }

    // The file may have a byte order mark (editors and `dotnet user-secrets` leave one), which ReadAllText takes away.
    private JsonObject Read() =>
        File.Exists(path) && JsonNode.Parse(File.ReadAllText(path)) is JsonObject secrets ? secrets : [];
}

/// <summary>A default that is made once and kept in the user secrets.</summary>
internal sealed class SecretParameterDefault(UserSecrets? secrets, string key, ParameterDefault value)
    : ParameterDefault
{
    public override string GetDefaultValue()
    {
        try
        {
            return secrets?.GetOrAdd(key, value.GetDefaultValue) ?? value.GetDefaultValue();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No profile to write to, as in some containers: a value for this run. Servers adopt it, see
            // PostgresWorkload.
            return value.GetDefaultValue();
        }
    }
}
