using System.Diagnostics;
using System.Globalization;

namespace Dendrite.Repository.Tests;

/// <summary>
/// <c>eng/test.sh</c>, on a tree of two projects whose runner is a script: what it counts, and how it ends.
/// </summary>
public sealed class TestScriptTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo tree = Directory.CreateTempSubdirectory("dendrite-test-script-");

    public TestScriptTests()
    {
        foreach (var name in new[] { "First", "Second" })
        {
            Write($"tests/{name}/{name}.csproj", "");
            Write($"artifacts/bin/{name}/debug/Dendrite.{name}.runtimeconfig.json", "{}");
        }

        Write("eng/test.sh", SourceTree.Text("eng/test.sh"));
        Write(
            "bin/dotnet",
            """
            #!/bin/sh
            echo "$$" >>"$RUNNERS"
            sleep "${SECONDS_EACH:-0}"
            echo "   Tests  Total: 3, Errors: 0, Failed: ${FAILED:-0}, Skipped: 1, Time: 0.1s"
            exit "${FAILED:-0}"
            """
        );
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(At("bin/dotnet"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    public void Dispose() => tree.Delete(recursive: true);

    [Theory]
    [InlineData(0, 0, "4 passed, 0 failed, 2 skipped")]
    [InlineData(1, 1, "2 passed, 2 failed, 2 skipped")]
    public async Task Adds_up_what_the_projects_counted(int failed, int code, string last)
    {
        using var script = Start(("FAILED", $"{failed}"));

        Assert.Equal(last, (await EndAsync(script)).Split('\n')[^1]);
        Assert.Equal(code, script.ExitCode);
    }

    [Fact]
    public async Task Of_two_runs_at_once_each_counts_its_own()
    {
        using var slow = Start(("SECONDS_EACH", "1"));
        await StartedAsync();
        using var quick = Start();

        Assert.EndsWith("4 passed, 0 failed, 2 skipped", await EndAsync(quick), StringComparison.Ordinal);
        Assert.EndsWith("4 passed, 0 failed, 2 skipped", await EndAsync(slow), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_where_it_is_whatever_folders_a_shell_looks_for_others_in()
    {
        using var script = Start("eng/test.sh", ("CDPATH", tree.FullName));

        Assert.EndsWith("4 passed, 0 failed, 2 skipped", await EndAsync(script), StringComparison.Ordinal);
    }

    [Fact]
    public void No_script_goes_by_CDPATH_to_another_folder_of_the_name()
    {
        var offenders = SourceTree
            .Files.Where(file => !file.Contains('.') || file.EndsWith(".sh", StringComparison.Ordinal))
            .Append(".ci/run")
            .Where(file => SourceTree.Lines(file)[0] == "#!/usr/bin/env bash")
            .Where(file =>
                SourceTree.Text(file).Split("cd \"$") is [var before, _, ..] && !before.Contains("unset CDPATH")
            );

        Assert.Empty(offenders);
    }

    [Theory]
    [InlineData("Debug")]
    [InlineData("debug")]
    public async Task A_configuration_is_found_however_it_is_written(string configuration)
    {
        using var script = Start(("CONFIGURATION", configuration));

        Assert.EndsWith("4 passed, 0 failed, 2 skipped", await EndAsync(script), StringComparison.Ordinal);
    }

    /// <summary>
    /// Ctrl-C is the same to it, but is ignored where the shell above runs it in the background. HUP is what it gets
    /// when its terminal is closed.
    /// </summary>
    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public async Task A_signal_ends_it_and_the_tests_that_run(string signal, int code)
    {
        using var script = Start(("SECONDS_EACH", "600"));
        var runner = await StartedAsync();

        await SignalAsync(signal, script.Id);

        await EndAsync(script);
        Assert.Equal(code, script.ExitCode);
        await GoneAsync(runner);
        Assert.Single(await File.ReadAllLinesAsync(At("runners")));
    }

    private Process Start(params (string Name, string Value)[] environment) => Start(At("eng/test.sh"), environment);

    private Process Start(string path, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("bash", [path])
        {
            WorkingDirectory = tree.FullName,
            RedirectStandardOutput = true,
        };
        start.Environment["PATH"] = $"{At("bin")}:{start.Environment["PATH"]}";
        start.Environment["RUNNERS"] = At("runners");
        start.Environment.Remove("CONFIGURATION");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <returns>What it wrote.</returns>
    private static async Task<string> EndAsync(Process script)
    {
        using var patience = new CancellationTokenSource(Patience);
        var output = await script.StandardOutput.ReadToEndAsync(patience.Token);
        await script.WaitForExitAsync(patience.Token);
        return output.Trim();
    }

    /// <summary>Waits until the tests of a project run.</summary>
    /// <returns>The id of their process.</returns>
    private async Task<int> StartedAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            if (
                File.Exists(At("runners"))
                && (await File.ReadAllTextAsync(At("runners"))).Split('\n') is [var first, _, ..]
            )
            {
                return int.Parse(first, CultureInfo.InvariantCulture);
            }

            await Task.Delay(20, patience.Token);
        }
    }

    /// <summary>Waits until a process is gone, which on a busy machine is a while after it was ended.</summary>
    private static async Task GoneAsync(int process)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (await SignalAsync("0", process) == 0)
        {
            await Task.Delay(20, patience.Token);
        }
    }

    /// <returns>0 where the process is there.</returns>
    private static async Task<int> SignalAsync(string signal, int process)
    {
        var start = new ProcessStartInfo("kill", ["-s", signal, $"{process}"]) { RedirectStandardError = true };
        using var kill = Process.Start(start)!;
        await kill.WaitForExitAsync();
        return kill.ExitCode;
    }

    private string At(string path) => Path.Combine(tree.FullName, path);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }
}
