using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;

namespace Dendrite.BranchService.Tests.Commands;

/// <summary>Projects and their naming templates by the command line, against the real service.</summary>
public sealed class ProjectCommandTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private const string Template = "experiment-{date}-{purpose}-v{n}";

    private static readonly string Today = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd");

    [Fact]
    public async Task A_template_is_set_shown_followed_by_new_branches_and_taken_away()
    {
        await SayAsync("project create study --title Sleep --label site=berlin");
        Assert.Contains("no template", await SayAsync("project show study"));

        var set = await SayAsync($"project update study --naming-template experiment={Template}");
        Assert.Contains($"experiment: {Template}", set);
        Assert.Contains("site=berlin", set);
        var made = await SayAsync("branch create --template purpose=sleep --project study");
        Assert.Contains($"branches/experiment-{Today}-sleep-v1", made);
        Assert.Contains("-v2", await SayAsync("branch create --template purpose=sleep --project study"));
        var refused = await RefusedAsync(ExitCode.Usage, "branch create somehow --project study");
        Assert.Contains($"does not follow '{Template}'", refused);

        // Another kind's template leaves this one, and a label leaves the other.
        await SayAsync("project update study --naming-template trial=trial-{id} --label night=2");
        await SayAsync("project update --project study --naming-template experiment=");
        var json = JsonDocument.Parse(await SayAsync("project show study --json")).RootElement;
        var templates = json.GetProperty("branchNamingTemplates").EnumerateObject();
        Assert.Equal(["trial=trial-{id}"], templates.Select(one => $"{one.Name}={one.Value}"));
        Assert.Contains("labels   night=2, site=berlin", await SayAsync("project show study"));
        await SayAsync("branch create somehow --project study");
        Assert.Contains("trial=trial-{id}", await SayAsync("project list"));
    }

    [Theory]
    [InlineData(
        "experiment=x-{n}-{n}",
        "experiment in --naming-template: 'x-{n}-{n}' has a part twice; each stands once"
    )]
    [InlineData("experiment={n}", "experiment in --naming-template: '{n}' does not begin with a letter")]
    [InlineData(
        "experiment=Sleep-{n}",
        "experiment in --naming-template: 'Sleep-{n}' holds other than lower-case letters"
    )]
    [InlineData("experiment=x-", "'x-' ends in a hyphen, as no id does; leave that out")]
    [InlineData("main=m-{n}", "'main' has no template; these have: experiment, trial, restore, system")]
    [InlineData("experiment", "'experiment' is not KEY=VALUE, nor KEY= to take it away")]
    public async Task A_template_that_makes_no_ids_is_refused_with_what_is_wrong(string pair, string problem)
    {
        Assert.Contains(problem, await RefusedAsync(ExitCode.Usage, $"project update --naming-template {pair}"));
        Assert.Contains("no template", await SayAsync("project show --project lab"));
    }

    [Fact]
    public async Task What_is_missing_or_too_old_is_said()
    {
        Assert.Contains(
            "dendrite project update --naming-template",
            await RefusedAsync(ExitCode.Usage, "branch create --template purpose=x")
        );
        Assert.Contains("at least one option", await RefusedAsync(ExitCode.Usage, "project update lab"));
        await RefusedAsync(ExitCode.NotFound, "project show nowhere");
        await RefusedAsync(ExitCode.Conflict, "project create other");
        var etag = JsonDocument.Parse(await SayAsync("project show --json")).RootElement.GetProperty("etag");
        await SayAsync($"project update --description rats --etag {etag}");
        await RefusedAsync(ExitCode.Conflict, $"project update --description mice --etag {etag}");
        Assert.Contains("about    rats", await SayAsync("project show"));
    }

    private Func<string, string?> Everywhere =>
        CommandRun.Variables(
            fixture.Everywhere.GetValue("authorization")!["Bearer ".Length..],
            _ => fixture.Address.ToString()
        );

    private async Task<string> SayAsync(string command) =>
        (await CommandRun.DoAsync(Everywhere, command.Split(' '))).Output;

    private async Task<string> RefusedAsync(ExitCode exitCode, string command)
    {
        var run = await CommandRun.OfAsync(Everywhere, command);
        Assert.Equal(exitCode, run.ExitCode);
        return run.Error;
    }
}
