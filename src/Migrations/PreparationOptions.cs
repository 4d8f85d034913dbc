using Dendrite.Storage.Access;
using Microsoft.Extensions.Configuration;

namespace Dendrite.Migrations;

/// <summary>What a run is told.</summary>
/// <param name="ConnectionString"><c>ConnectionStrings:platform</c>: the database, as a role that may create roles
/// and
/// schemas.</param>
/// <param name="Passwords"><c>Roles:{branch|ingest|comparison|scheduler|assertion|care|reader}:Password</c>: the login
/// roles to make.</param>
/// <param name="Project"><c>Seed:Project</c>: the project to make; null makes none.</param>
/// <param name="Keys"><c>Seed:Keys:{label}</c> = <c>dk_&lt;id&gt;_&lt;secret&gt;</c>: the API keys to make, by
/// label.</param>
public sealed record PreparationOptions(
    string ConnectionString,
    IReadOnlyDictionary<string, string> Passwords,
    string? Project,
    IReadOnlyDictionary<string, ApiKey> Keys
)
{
    /// <summary>
    /// Whoever logs in: the services, the role that runs assertions for the Branch service, the one by which the
    /// scheduler vacuums, and one for people.
    /// </summary>
    public static IReadOnlyList<string> Roles { get; } =
    ["branch", "ingest", "comparison", "scheduler", "assertion", "care", "reader"];

    /// <summary>Reads the configuration; everything is checked before anything is done.</summary>
    /// <exception cref="ConfigurationException">Names the key that is missing or wrong.</exception>
    public static PreparationOptions Read(IConfiguration configuration) =>
        new(
            configuration.GetConnectionString("platform")
                ?? throw new ConfigurationException(
                    "ConnectionStrings:platform is missing: give the connection string of the platform's database."
                ),
            ReadPasswords(configuration.GetSection("Roles")),
            configuration["Seed:Project"],
            ReadKeys(configuration.GetSection("Seed:Keys"), configuration["Seed:Project"])
        );

    private static Dictionary<string, string> ReadPasswords(IConfigurationSection roles)
    {
        var passwords = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var role in roles.GetChildren())
        {
            // Environment variables come in any case.
            var name = role.Key.ToLowerInvariant();
            if (!Roles.Contains(name))
            {
                throw new ConfigurationException($"{role.Path} names no role: use one of {string.Join(", ", Roles)}.");
            }

            var password = role["Password"];
            if (string.IsNullOrEmpty(password) || !password.All(character => character is >= ' ' and <= '~'))
            {
                throw new ConfigurationException(
                    $"{role.Path}:Password is missing or has other characters than printable ASCII."
                );
            }

            passwords.Add(name, password);
        }

        return passwords;
    }

    private static Dictionary<string, ApiKey> ReadKeys(IConfigurationSection keys, string? project)
    {
        var read = new Dictionary<string, ApiKey>(StringComparer.Ordinal);
        foreach (var entry in keys.GetChildren())
        {
            if (!ApiKey.TryParse(entry.Value, out var key))
            {
                throw new ConfigurationException(
                    $"{entry.Path} is no API key: dk_<id>_<secret>, letters and digits, at least 16 in the secret."
                );
            }

            var label = entry.Key.ToLowerInvariant();
            if (label == Seeding.ProjectKeyLabel && project is null)
            {
                throw new ConfigurationException($"{entry.Path} is bound to a project: give Seed:Project too.");
            }

            read.Add(label, key!);
        }

        return read;
    }
}
