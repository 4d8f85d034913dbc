using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

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
            var modules = await InstallAsync();
            Endpoint = new($"http://127.0.0.1:{FreePort()}");
            server = Start(
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

    private static async Task<string> InstallAsync()
    {
        var sources = Path.Combine(AppContext.BaseDirectory, "Stores", "S3Peer");
        var folder = Path.Combine(RepositoryRoot(), "artifacts", "s3-peer");
        var modules = Path.Combine(folder, "node_modules");
        if (Directory.Exists(modules))
        {
            return modules;
        }

        // What is complete gets its final name: an install that was cut off is not taken for one.
        var draft = $"{folder}.{Environment.ProcessId}";
        Directory.CreateDirectory(draft);
        foreach (var file in (string[])["package.json", "package-lock.json"])
        {
            File.Copy(Path.Combine(sources, file), Path.Combine(draft, file), overwrite: true);
        }

        using var npm = Start("npm", draft, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error");
        using var limit = new CancellationTokenSource(Patience);
        await npm.WaitForExitAsync(limit.Token);
        if (npm.ExitCode != 0)
        {
            throw new IOException($"npm ended with {npm.ExitCode}");
        }

        try
        {
            Directory.Move(draft, folder);
        }
        catch (IOException) when (Directory.Exists(modules))
        {
            // Another run was first.
            Directory.Delete(draft, recursive: true);
        }

        return modules;
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
        {
            folder = folder.Parent ?? throw new IOException("the repository is not around the test");
        }

        return folder.FullName;
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

    private static Process Start(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start) ?? throw new IOException($"{program} did not start");
        // Read, and so never full; what a server says of each request is for nobody.
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
