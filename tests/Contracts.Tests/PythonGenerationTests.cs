using System.Diagnostics;

namespace Dendrite.Contracts.Tests;

/// <summary>
/// A gateway in Python needs the protos and Debian's packages, nothing else: protoc 3.21 and protobuf 4.21.
/// </summary>
public sealed class PythonGenerationTests
{
    private const string Python = "/usr/bin/python3";
    private const string Plugin = "/usr/bin/grpc_python_plugin";
    private const string WellKnownTypes = "/usr/include/google/protobuf/any.proto";

    private const string ImportEverything = """
        import importlib, pathlib, sys
        sys.path.insert(0, sys.argv[1])
        modules = sorted(pathlib.Path(sys.argv[1], "dendrite", "v1").glob("*.py"))
        for module in modules:
            importlib.import_module("dendrite.v1." + module.stem)
        from dendrite.v1 import ingest_pb2
        block = ingest_pb2.SampleBlock(first_sample=1 << 40, sample_count=2, payload=b"\1\0\2\0", crc32c=0xFFFFFFFF)
        assert ingest_pb2.SampleBlock.FromString(block.SerializeToString()) == block
        print(len(modules))
        """;

    [Fact]
    public async Task Debian_s_protoc_and_Python_take_every_proto()
    {
        Assert.SkipUnless(
            File.Exists("/usr/bin/protoc") && File.Exists(Plugin) && File.Exists(WellKnownTypes) && File.Exists(Python),
            "eng/install.sh protoc python-grpc installs what this needs"
        );
        var protos = Path.Combine(RepositoryRoot(), "protos");
        var files = Directory
            .GetFiles(protos, "*.proto", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(protos, file))
            .ToList();
        var output = Directory.CreateTempSubdirectory("dendrite-python-").FullName;
        try
        {
            string[] arguments = ["-I", protos, $"--python_out={output}", $"--grpc_python_out={output}"];
            await RunAsync("/usr/bin/protoc", [.. arguments, $"--plugin=protoc-gen-grpc_python={Plugin}", .. files]);
            var imported = await RunAsync(Python, ["-c", ImportEverything, output]);

            var ours = files.Count(file => file.StartsWith("dendrite", StringComparison.Ordinal));
            Assert.Equal($"{2 * ours}", imported.Trim());
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    private static async Task<string> RunAsync(string program, string[] arguments)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            await process.WaitForExitAsync(cancellation).WaitAsync(TimeSpan.FromMinutes(2), cancellation);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        Assert.True(process.ExitCode == 0, await errors);
        return await output;
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Platform.sln is not above the tests");
    }
}
