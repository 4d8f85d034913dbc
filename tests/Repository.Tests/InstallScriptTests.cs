using System.Diagnostics;

namespace Dendrite.Repository.Tests;

/// <summary><c>eng/install.sh</c>, with a package manager that is a script.</summary>
public sealed class InstallScriptTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo tools = Directory.CreateTempSubdirectory("dendrite install script ");

    /// <summary>A machine that has nothing but what the script itself needs.</summary>
    public InstallScriptTests()
    {
        foreach (var name in new[] { "env", "grep", "ls", "mktemp", "rm", "tail" })
        {
            var found = new[] { "/usr/bin", "/bin" }.Select(folder => Path.Combine(folder, name)).First(File.Exists);
            File.CreateSymbolicLink(At(name), found);
        }

        Write("id", """echo "${USER_ID:-0}" """);
        Write(
            "apt-get",
            """
            echo "E: $1 was asked for"
            case $1 in update) exit "${UPDATE:-0}" ;; *) exit "${INSTALL:-0}" ;; esac
            """
        );
    }

    public void Dispose() => tools.Delete(recursive: true);

    [Fact]
    public async Task Installs_what_is_missing_and_says_so()
    {
        var (code, output, errors) = await RunAsync();

        Assert.Equal((0, "Installing flac lz4\n", ""), (code, output, errors));
    }

    [Fact]
    public async Task Lists_that_cannot_all_be_refreshed_do_not_keep_it_from_installing()
    {
        var (code, output, errors) = await RunAsync(("UPDATE", "100"));

        Assert.Equal((0, "Installing flac lz4\n", ""), (code, output, errors));
    }

    [Fact]
    public async Task Where_it_cannot_install_it_shows_what_the_manager_said()
    {
        var (code, _, errors) = await RunAsync(("UPDATE", "100"), ("INSTALL", "100"));

        Assert.Equal(1, code);
        Assert.Contains("E: update was asked for", errors, StringComparison.Ordinal);
        Assert.Contains("E: install was asked for", errors, StringComparison.Ordinal);
        Assert.EndsWith("Could not install flac lz4: see above\n", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_right_to_install_it_names_the_command()
    {
        var (code, _, errors) = await RunAsync(("USER_ID", "1000"));

        Assert.Equal(1, code);
        Assert.Equal("Missing: flac lz4. Install with: sudo apt-get install flac lz4\n", errors);
    }

    [Theory]
    [InlineData("apt-get", "protobuf-compiler protobuf-compiler-grpc libprotobuf-dev nodejs npm", "")]
    [InlineData("dnf", "protobuf-compiler grpc-plugins protobuf-devel nodejs npm", "")]
    [InlineData(
        "brew",
        "node",
        "Homebrew's protoc is not where the tests look for it: those that need it are skipped\n"
    )]
    public async Task Packages_have_the_names_of_their_manager(string manager, string packages, string remark)
    {
        File.Move(At("apt-get"), At(manager), overwrite: true);

        var (code, output, errors) = await RunAsync(["protoc", "node"]);

        Assert.Equal((0, $"Installing {packages}\n", remark), (code, output, errors));
    }

    private Task<(int Code, string Output, string Errors)> RunAsync(params (string Name, string Value)[] environment) =>
        RunAsync(["flac", "lz4"], environment);

    private async Task<(int Code, string Output, string Errors)> RunAsync(
        string[] parts,
        params (string Name, string Value)[] environment
    )
    {
        var script = Path.Combine(SourceTree.Root, "eng/install.sh");
        var start = new ProcessStartInfo("/bin/bash", [script, .. parts])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = tools.FullName;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var patience = new CancellationTokenSource(Patience);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output, await errors);
    }

    private string At(string name) => Path.Combine(tools.FullName, name);

    private void Write(string name, string text)
    {
        File.WriteAllText(At(name), $"#!/bin/sh\n{text}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(At(name), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }
}
