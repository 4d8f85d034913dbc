using System.Text.Json;
using Dendrite.BranchService.Tests.Merging;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;

namespace Dendrite.BranchService.Tests.Commands;

/// <summary>The life of an assertion by the command line, against the real service.</summary>
public sealed class AssertionCommandTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private const string Old = "SELECT id, age FROM subject WHERE age >= 50 ORDER BY id";

    [Fact]
    public async Task An_assertion_is_registered_checked_refuses_a_merge_is_changed_and_deleted()
    {
        var trial = await Trial.CreateAsync(fixture, "cmd");
        string[] create = ["assertion", "create", "nobody-old", "--sql", Old, "--description", "Nobody is 50."];
        var misplaced = await CommandRun.OfAsync(fixture.Variables, create);
        Assert.Equal(ExitCode.Usage, misplaced.ExitCode);
        Assert.Contains("line 1, column 21: relation \"subject\" does not exist", misplaced.Error);

        Assert.Contains("severity  error", await SayAsync([.. create, "--against", "cmd-target"]));
        Assert.Contains("nobody-old  error", await SayAsync("assertion", "list"));
        Assert.Contains(Old, await SayAsync("assertion", "show", "nobody-old"));
        await trial.PutAsync("source", ("s3", 61, "active", "c3"));

        var state = await CommandRun.OfAsync(fixture.Variables, "assertion check cmd-source");
        Assert.Equal(ExitCode.Failure, state.ExitCode);
        Assert.Contains("nobody-old  no", state.Output);
        Assert.Contains(
            "check nobody-old fails: Nobody is 50: 2 rows are in the way, such as id s2, age 50.",
            state.Output
        );
        Assert.Contains("id  age\ns2  50\ns3  61\n", state.Output.ReplaceLineEndings("\n"));
        var preview = await CommandRun.OfAsync(fixture.Variables, "merge cmd-source --into cmd-target --preview");
        Assert.Equal(ExitCode.Failure, preview.ExitCode);
        Assert.Contains("s3  61", preview.Output);
        var refused = await CommandRun.OfAsync(fixture.Variables, "merge cmd-source --into cmd-target --json");
        Assert.Equal(ExitCode.Conflict, refused.ExitCode);
        var error = JsonDocument.Parse(refused.Error).RootElement.GetProperty("error");
        Assert.Contains("Nobody is 50", error.GetProperty("details").GetProperty("check.nobody-old").GetString());

        Assert.Contains(
            "severity  warning",
            await SayAsync("assertion", "update", "nobody-old", "--severity", "warning")
        );
        Assert.Contains(
            "nobody-old  no",
            await SayAsync("assertion", "check", "cmd-source", "--assertion", "nobody-old")
        );
        string[] change = ["assertion", "update", "nobody-old", "--severity", "error"];
        var stale = await CommandRun.OfAsync(fixture.Variables, [.. change, "--etag", "\"1\""]);
        Assert.Equal(ExitCode.Conflict, stale.ExitCode);
        Assert.Contains(
            "check nobody-old warns: Nobody is 50: 2 rows",
            await SayAsync("merge", "cmd-source", "--into", "cmd-target")
        );

        Assert.Contains("gone", await SayAsync("assertion", "delete", "nobody-old"));
        Assert.Equal(
            ExitCode.NotFound,
            (await CommandRun.OfAsync(fixture.Variables, "assertion check cmd-target --assertion nobody-old")).ExitCode
        );
        Assert.Contains("no assertions", await SayAsync("assertion", "check", "cmd-target"));
    }

    [Fact]
    public async Task The_sql_comes_from_a_file_or_from_the_command_line_and_not_from_both()
    {
        var file = Path.Combine(Path.GetTempPath(), $"dendrite-{Environment.ProcessId}.sql");
        await File.WriteAllTextAsync(file, "SELECT 1 AS one\nWHERE false\n", TestContext.Current.CancellationToken);
        try
        {
            Assert.Contains("WHERE false", await SayAsync("assertion", "create", "from-file", "--file", file));
            var both = await CommandRun.OfAsync(
                fixture.Variables,
                ["assertion", "create", "both", "--file", file, "--sql", "SELECT 1"]
            );
            Assert.Equal(ExitCode.Usage, both.ExitCode);
        }
        finally
        {
            File.Delete(file);
            await SayAsync("assertion", "delete", "from-file", "--missing-ok");
        }
    }

    private async Task<string> SayAsync(params string[] args)
    {
        var run = await CommandRun.OfAsync(fixture.Variables, args);
        Assert.True(run.ExitCode == ExitCode.Success, run.Error);
        return run.Output;
    }
}
