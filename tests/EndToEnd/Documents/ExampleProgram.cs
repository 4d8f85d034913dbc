using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;

namespace Dendrite.EndToEnd.Documents;

/// <summary>One of examples/, as it runs. Skips the test, and says why, where its language is not installed.</summary>
internal sealed class ExampleProgram(Process process) : IAsyncDisposable
{
    /// <summary>The distribution's, for which its grpcio is installed; not the first on the PATH.</summary>
    private const string Python = "/usr/bin/python3";

    private const int NotFound = 127;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Task<string> errors = process.StandardError.ReadToEndAsync();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts the interpreter with the stubs that protos/README.md makes.</summary>
    public static async Task<ExampleProgram> PythonAsync(params string[] arguments)
    {
        Assert.SkipUnless(
            await RunAsync(Python, "", "-c", "import grpc, google.protobuf") is { Code: 0 },
            "Python's grpcio is missing: eng/install.sh python-grpc installs it."
        );
        var stubs = Made("stubs");
        var protos = Path.Combine(Repository.Root, "protos");
        var files = Directory
            .EnumerateFiles(protos, "*.proto", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(protos, file));
        string[] options =
        [
            "-I",
            protos,
            $"--python_out={stubs}",
            $"--grpc_python_out={stubs}",
            "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin",
        ];
        var made = await RunAsync("protoc", "", [.. options, .. files]);
        Assert.SkipWhen(made.Code == NotFound, "protoc is missing: eng/install.sh protoc installs it.");
        Assert.True(made.Code == 0, made.Output);
        return Start(Python, "", "PYTHONPATH", $"{stubs}:{Path.Combine(Repository.Root, "examples")}", arguments);
    }

    /// <summary>Starts Node.js with the packages of examples/package-lock.json, installed once.</summary>
    public static async Task<ExampleProgram> NodeAsync(params string[] arguments)
    {
        var examples = Path.Combine(Repository.Root, "examples");
        var lockFile = await File.ReadAllBytesAsync(Path.Combine(examples, "package-lock.json"), Token);
        var folder = Made($"node-{Convert.ToHexStringLower(SHA256.HashData(lockFile))[..16]}");
        var modules = Path.Combine(folder, "node_modules");
        if (!Directory.Exists(Path.Combine(modules, "@grpc", "proto-loader")))
        {
            foreach (var file in (string[])["package.json", "package-lock.json"])
            {
                File.Copy(Path.Combine(examples, file), Path.Combine(folder, file), overwrite: true);
            }

            var installed = await RunAsync("npm", folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund");
            Assert.SkipWhen(
                installed.Code == NotFound,
                "Node.js and npm are missing: eng/install.sh node installs them."
            );
            Assert.SkipUnless(installed.Code == 0, $"npm could not install grpc-js:\n{installed.Output}");
        }

        return Start("node", "", "NODE_PATH", modules, arguments);
    }

    /// <summary>A file as a running AppHost writes it.</summary>
    public static async Task<string> WriteConnectionAsync(Platform platform)
    {
        var connection = Path.Combine(Made("gateway"), $"connection-{platform.Ingest.GrpcPort}.json");
        var facts = new { ingest = platform.IngestAddress, apiKey = Platform.Key };
        await File.WriteAllTextAsync(connection, JsonSerializer.Serialize(facts), Token);
        return connection;
    }

    /// <summary>The next line that it prints; null at the end.</summary>
    public Task<string?> ReadLineAsync() =>
        process.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(Patience, Token);

    /// <summary>What it prints from now on, when it has ended well.</summary>
    public async Task<string> ReadToEndAsync()
    {
        var output = await process.StandardOutput.ReadToEndAsync(Token).WaitAsync(Patience, Token);
        await process.WaitForExitAsync(Token).WaitAsync(Patience, Token);
        Assert.True(process.ExitCode == 0, output + await errors);
        return output;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
    }

    private static string Made(string name) =>
        Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "readme", name)).FullName;

    private static async Task<(int Code, string Output)> RunAsync(string name, string folder, params string[] arguments)
    {
        try
        {
            await using var program = Start(name, folder, "LC_ALL", "C", arguments);
            return await program.EndAsync();
        }
        catch (Win32Exception)
        {
            return (NotFound, $"{name} is not installed");
        }
    }

    private async Task<(int Code, string Output)> EndAsync()
    {
        var output = await process.StandardOutput.ReadToEndAsync(Token).WaitAsync(Patience, Token);
        await process.WaitForExitAsync(Token).WaitAsync(Patience, Token);
        return (process.ExitCode, output + await errors);
    }

    private static ExampleProgram Start(string name, string folder, string key, string value, string[] arguments)
    {
        var start = new ProcessStartInfo(name, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [key] = value, ["PYTHONDONTWRITEBYTECODE"] = "1" },
        };
        return new(Process.Start(start)!);
    }
}
