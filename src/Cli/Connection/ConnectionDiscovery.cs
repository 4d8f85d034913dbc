using System.CommandLine;
using System.Text.Json;
using Dendrite.Cli.Hosting;

namespace Dendrite.Cli.Connection;

/// <summary>
/// Finds out how to reach the platform: a connection file (named by option, by variable, or the one that a running
/// AppHost keeps in artifacts/dev), with single values overridden by variables.
/// </summary>
internal static class ConnectionDiscovery
{
    private static readonly string DevelopmentFile = Path.Combine("artifacts", "dev", "connection.json");

    /// <exception cref="CliException">Nothing says where the platform is, or what does cannot be read.</exception>
    public static ConnectionSettings Find(CliHost host, ParseResult arguments, GlobalOptions options)
    {
        if (arguments.GetValue(options.Project) is "")
        {
            throw new CliException(ExitCode.Usage, "USAGE", "--project is empty: give an id, or leave it out.");
        }
        string? path =
            arguments.GetValue(options.Connection)
            ?? NonEmpty(host.GetVariable("DENDRITE_CONNECTION"))
            ?? FindUpwards(host.CurrentDirectory);
        var file = path is null ? new ConnectionSettings(null, null, null, null, null, null) : Load(path);
        return Check(
            new ConnectionSettings(
                arguments.GetValue(options.Project) ?? NonEmpty(host.GetVariable("DENDRITE_PROJECT")) ?? file.Project,
                NonEmpty(host.GetVariable("DENDRITE_API_KEY")) ?? file.ApiKey,
                NonEmpty(host.GetVariable("DENDRITE_BRANCH_URL")) ?? file.Branch,
                NonEmpty(host.GetVariable("DENDRITE_INGEST_URL")) ?? file.Ingest,
                NonEmpty(host.GetVariable("DENDRITE_COMPARISON_URL")) ?? file.Comparison,
                NonEmpty(host.GetVariable("DENDRITE_SCHEDULER_URL")) ?? file.Scheduler
            )
            {
                IsProjectChosen = arguments.GetValue(options.Project) is not null,
            },
            path
        );
    }

    private static ConnectionSettings Check(ConnectionSettings settings, string? path)
    {
        string[] missing =
        [
            .. new (string Name, string? Value)[]
            {
                ("project", settings.Project),
                ("apiKey", settings.ApiKey),
                ("branch", settings.Branch),
                ("ingest", settings.Ingest),
                ("comparison", settings.Comparison),
            }
                .Where(entry => string.IsNullOrEmpty(entry.Value))
                .Select(entry => entry.Name),
        ];
        if (missing.Length == 0)
        {
            return CheckAddresses(settings);
        }
        throw new CliException(
            ExitCode.Unavailable,
            "NO_CONNECTION",
            path is null
                ? "No platform found: artifacts/dev/connection.json of a running one is neither here nor above. "
                    + "Start one with ./run, or give --connection FILE or the DENDRITE_* variables."
                : $"{path} does not say {string.Join(", ", missing)}. Start the platform again with ./run."
        );
    }

    private static ConnectionSettings CheckAddresses(ConnectionSettings settings)
    {
        string?[] addresses = [settings.Branch, settings.Ingest, settings.Comparison, settings.Scheduler];
        // The scheduler's may be missing.
        foreach (var address in addresses.Where(address => !string.IsNullOrEmpty(address)))
        {
            if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            {
                throw new CliException(
                    ExitCode.Usage,
                    "USAGE",
                    $"'{address}' is no address of a service: give it with its scheme, such as http://localhost:5001, "
                        + "in the connection file or the DENDRITE_*_URL variable."
                );
            }
        }
        return settings;
    }

    private static string? FindUpwards(string directory)
    {
        for (string? folder = directory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string path = Path.Combine(folder, DevelopmentFile);
            if (File.Exists(path))
            {
                return path;
            }
        }
        return null;
    }

    private static ConnectionSettings Load(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return JsonSerializer.Deserialize(file, ConnectionJson.Default.ConnectionSettings)
                ?? throw new JsonException("The file is empty.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new CliException(
                ExitCode.Unavailable,
                "BAD_CONNECTION_FILE",
                $"The connection file {path} cannot be read: {error.Message}"
            );
        }
    }

    private static string? NonEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
