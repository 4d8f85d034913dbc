using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests;

public sealed class BranchCommandTests
{
    [Fact]
    public async Task A_branch_is_created_shown_listed_and_deleted()
    {
        await using var platform = await FakePlatform.StartAsync();

        var created = await CommandRun.OfAsync(
            platform.Variables,
            "branch",
            "create",
            "sleep-1",
            "--title",
            "Night 1",
            "--ttl",
            "7d"
        );
        var shown = await CommandRun.OfAsync(platform.Variables, "branch", "show", "sleep-1", "--json");
        var listed = await CommandRun.OfAsync(platform.Variables, "branch", "list");
        var deleted = await CommandRun.OfAsync(platform.Variables, "branch", "delete", "sleep-1");
        var missing = await CommandRun.OfAsync(platform.Variables, "branch", "show", "sleep-1");

        Assert.Equal(ExitCode.Success, created.ExitCode);
        Assert.Contains("projects/lab/branches/sleep-1", created.Output, StringComparison.Ordinal);
        var branch = JsonDocument.Parse(shown.Output).RootElement;
        Assert.Equal("Night 1", branch.GetProperty("displayName").GetString());
        Assert.Equal("604800s", branch.GetProperty("ttl").GetString());
        Assert.Equal(3, listed.Output.TrimEnd().Split('\n').Length);
        Assert.Equal(ExitCode.Success, deleted.ExitCode);
        Assert.Equal(ExitCode.NotFound, missing.ExitCode);
    }

    [Fact]
    public async Task The_reason_and_facts_of_a_refusal_reach_scripts()
    {
        await using var platform = await FakePlatform.StartAsync();

        var run = await CommandRun.OfAsync(platform.Variables, "branch", "create", "main", "--json");

        Assert.Equal(ExitCode.Conflict, run.ExitCode);
        var error = JsonDocument.Parse(run.Error).RootElement.GetProperty("error");
        Assert.Equal(6, error.GetProperty("exitCode").GetInt32());
        Assert.Equal("ALREADY_EXISTS", error.GetProperty("reason").GetString());
        Assert.Equal("yes", error.GetProperty("details").GetProperty("fake").GetString());
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task An_unknown_parent_is_not_found()
    {
        await using var platform = await FakePlatform.StartAsync();

        var run = await CommandRun.OfAsync(platform.Variables, "branch", "create", "x", "--from", "nowhere");

        Assert.Equal(ExitCode.NotFound, run.ExitCode);
        Assert.Contains("nowhere", run.Error, StringComparison.Ordinal);
    }
}
