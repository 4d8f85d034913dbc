using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Dendrite.EndToEnd.Documents;

/// <summary>
/// The example in Python, with stubs made as protos/README.md says: the README's lines and the whole gateway, run.
/// </summary>
public sealed class PythonExampleTests(Platform platform) : IClassFixture<Platform>
{
    /// <summary>The distribution's, for which its grpcio is installed; not the first on the PATH.</summary>
    private const string Interpreter = "/usr/bin/python3";

    private const int NotFound = 127;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task The_README_lines_make_a_second_durable()
    {
        await platform.CreateBranchAsync("motor-imagery-1");
        var script = $"""
            import sys
            from gateway import *
            ingest_address, api_key = sys.argv[1:]
            start = Timestamp(seconds=1_700_000_000)
            {Repository.Block("README.md", "python")}
            """;
        var said = await PythonAsync("-c", script, platform.IngestAddress["http://".Length..], Platform.Key);
        Assert.StartsWith("durable up to sample 250 at version ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_whole_gateway_makes_a_second_durable()
    {
        var stream = await platform.NewStreamAsync();
        var connection = Path.Combine(Made("gateway"), "connection.json");
        var facts = new { ingest = platform.IngestAddress, apiKey = Platform.Key };
        await File.WriteAllTextAsync(connection, JsonSerializer.Serialize(facts));
        var said = await PythonAsync(Path.Combine(Repository.Root, "examples/gateway.py"), connection, stream);
        Assert.StartsWith("durable up to sample 250 at version ", said, StringComparison.Ordinal);
    }

    private static string Made(string name) =>
        Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "readme", name)).FullName;

    private static async Task<string> PythonAsync(params string[] arguments)
    {
        Assert.SkipUnless(
            await RunAsync(Interpreter, "", ["-c", "import grpc, google.protobuf"]) is { Code: 0 },
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
        var ran = await RunAsync(Interpreter, $"{stubs}:{Path.Combine(Repository.Root, "examples")}", arguments);
        Assert.True(ran.Code == 0, ran.Output);
        return ran.Output;
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, string path, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PYTHONPATH"] = path, ["PYTHONDONTWRITEBYTECODE"] = "1" },
        };
        try
        {
            using var process = Process.Start(start)!;
            var token = TestContext.Current.CancellationToken;
            var (output, errors) = (
                process.StandardOutput.ReadToEndAsync(token),
                process.StandardError.ReadToEndAsync(token)
            );
            await process.WaitForExitAsync(token).WaitAsync(Patience, token);
            return (process.ExitCode, await output + await errors);
        }
        catch (Win32Exception)
        {
            return (NotFound, $"{program} is not installed");
        }
    }
}
