using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dendrite.AppHost;

/// <summary>What a client on this machine needs to reach the platform.</summary>
internal sealed record Development(ApiKey Key, IReadOnlyList<IResourceBuilder<ProjectResource>> Services)
{
    public const string Project = "lab";
}

/// <summary>
/// Writes the addresses and a key to <c>artifacts/dev/connection.json</c> (or where DENDRITE_CONNECTION says) once
/// every service is healthy, and removes the file at the end. The CLI finds it there. Only its owner may read it.
/// </summary>
internal sealed partial class ConnectionFile(
    Development development,
    ResourceNotificationService notifications,
    IConfiguration configuration,
    IHostEnvironment environment,
    ILogger<ConnectionFile> logger
) : BackgroundService
{
    /// <summary>What a service takes on a busy machine, many times over.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private NumberedFile? file;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (file is not null)
        {
            await file.DisposeAsync();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A second AppHost beside the first writes to a file of its own.
        file = NumberedFile.Claim(
            Path.GetFullPath(
                configuration["DENDRITE_CONNECTION"]
                    ?? Path.Combine(environment.ContentRootPath, "..", "artifacts", "dev", "connection.json")
            )
        );
        var path = file.Path;
        // One that a killed AppHost left would lead nowhere.
        File.Delete(path);
        try
        {
            foreach (var service in development.Services)
            {
                await WaitForAsync(service.Resource.Name, stoppingToken);
            }
        }
        catch (DistributedApplicationException)
        {
            // A service failed, which is reported, and stops everything, where it is run.
            return;
        }

        var content = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["project"] = Development.Project,
            ["apiKey"] = await development.Key.Text.GetValueAsync(stoppingToken),
        };
        foreach (var service in development.Services)
        {
            content[service.Resource.Name] = service.GetEndpoint("grpc").Url;
            LogAddress(service.Resource.Name, service.GetEndpoint("grpc").Url, service.GetEndpoint("http").Url);
        }

        Write(path, JsonSerializer.Serialize(content, Indented));
        LogReady(path);
    }

    /// <summary>Beside a dashboard a service that failed may be started again, and is waited for.</summary>
    private async Task WaitForAsync(string service, CancellationToken stoppingToken)
    {
        var healthy = notifications.WaitForResourceHealthyAsync(service, stoppingToken);
        try
        {
            await healthy.WaitAsync(Patience, stoppingToken);
        }
        catch (TimeoutException)
        {
            LogStillWaiting(service, Patience.TotalMinutes);
            await healthy;
        }
    }

    private static void Write(string path, string content)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        // Whole or not at all: scripts wait for the file to appear.
        var draft = path + ".new";
        File.Delete(draft);
        using (var writer = new StreamWriter(draft, options))
        {
            writer.Write(content);
        }

        File.Move(draft, path, overwrite: true);
    }
}
