using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Dendrite.Fixtures;

namespace Dendrite.Backups.Tests.Stores;

/// <summary>
/// <c>s3rver</c>, an S3 server that nobody here wrote, from the npm registry: installed once under <c>artifacts</c>,
/// and started for a test class on a free port.
/// </summary>
public sealed class S3Peer : IAsyncLifetime
{
    public const string Bucket = "backups";

    /// <summary>Its own, for everybody.</summary>
    public const string Key = "S3RVER";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string data = Directory.CreateTempSubdirectory("dendrite-s3-").FullName;
    private Process? server;

    /// <summary>Why there is none; null where there is.</summary>
    public string? Missing { get; private set; }

    public Uri Endpoint { get; private set; } = new("http://127.0.0.1");

    public async ValueTask InitializeAsync()
    {
        try
        {
            var sources = Path.Combine(AppContext.BaseDirectory, "Stores", "S3Peer");
            var modules = await NodePackages.InstallAsync("s3-peer", sources);
            Endpoint = new($"http://127.0.0.1:{FreePort()}");
            server = NodePackages.Start(
                "node",
                data,
                // It encrypts its page tokens with what newer OpenSSL calls legacy.
                "--openssl-legacy-provider",
                Path.Combine(modules, "s3rver", "bin", "s3rver.js"),
                "--directory",
                data,
                "--address",
                "127.0.0.1",
                "--port",
                $"{Endpoint.Port}",
                "--configure-bucket",
                Bucket
            );
            await UntilItAnswersAsync();
        }
        catch (Exception missing) when (missing is Win32Exception or IOException)
        {
            Missing = $"s3rver cannot be had here ({missing.Message}); eng/install.sh node installs Node.js and npm.";
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (server is { HasExited: false })
        {
            server.Kill();
            await server.WaitForExitAsync();
        }

        server?.Dispose();
        Directory.Delete(data, recursive: true);
    }

    private async Task UntilItAnswersAsync()
    {
        using var http = new HttpClient();
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                await http.GetAsync(Endpoint, limit.Token);
                return;
            }
            catch (HttpRequestException) when (server is { HasExited: false })
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
            }
            catch (HttpRequestException gone)
            {
                throw new IOException("s3rver ended at once", gone);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
