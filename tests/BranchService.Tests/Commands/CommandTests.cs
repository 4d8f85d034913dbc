using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;

namespace Dendrite.BranchService.Tests.Commands;

/// <summary>The life of a trial by the command line, against the real service.</summary>
public sealed class CommandTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_branch_goes_through_its_life()
    {
        Assert.Contains(
            "trial",
            await SayAsync("branch create c-life --kind trial --label site=berlin --label night=1")
        );
        Assert.Contains("labels   site=berlin", await SayAsync("branch label c-life night="));
        Assert.Contains("protected", await SayAsync("branch protect c-life"));
        await RefusedAsync(ExitCode.Conflict, "branch delete c-life");
        await SayAsync("branch unprotect c-life");
        Assert.Contains("running since", await SayAsync("branch state c-life running --reason started"));
        Assert.Contains("archived", await SayAsync("branch archive c-life"));
        Assert.Contains("active", await SayAsync("branch unarchive c-life"));
        Assert.Contains("c-lived", await SayAsync("branch rename c-life c-lived"));
        await RefusedAsync(ExitCode.NotFound, "branch show c-life");
        Assert.Contains("can be restored until", await SayAsync("branch delete c-lived"));
        Assert.Contains("active", await SayAsync("branch undelete c-lived"));
        await SayAsync("branch delete c-lived");
        Assert.Contains("can be restored until", await SayAsync("branch show c-lived"));
        Assert.Contains("is deleted and keeps its id", await RefusedAsync(ExitCode.Conflict, "branch create c-lived"));
        const string Free = "free after the next maintenance ('dendrite job run maintenance' runs it now)";
        Assert.Contains(Free, await SayAsync("branch delete c-lived --purge"));
        Assert.Contains(Free, await RefusedAsync(ExitCode.Conflict, "branch create c-lived"));
        Assert.Contains("There is no branch c-lived", await SayAsync("branch delete c-lived --purge --missing-ok"));
        Assert.Contains("There was no projects/lab/tags/never", await SayAsync("tag delete never --missing-ok"));
        await RefusedAsync(ExitCode.NotFound, "branch undelete c-lived");
    }

    [Fact]
    public async Task States_are_tagged_shown_and_reset_to()
    {
        await SayAsync("branch create c-past");
        var first = await fixture.CommitAsync("c-past", "first");
        Assert.Contains($"c-past@{first}", await SayAsync("tag create c-mark --from c-past --description kept"));
        var second = await fixture.CommitAsync("c-past", "second");

        var log = await SayAsync("log c-past");
        Assert.Contains("VERSION", log);
        Assert.True(log.IndexOf("second", StringComparison.Ordinal) < log.IndexOf("first", StringComparison.Ordinal));
        Assert.DoesNotContain("second", await SayAsync("log c-past --at c-mark"));
        Assert.DoesNotContain("first", await SayAsync("log c-past --limit 1"));
        Assert.Contains("hash", await SayAsync($"show {first} --branch c-past"));

        Assert.Contains($"dendrite reset c-past {second}", await SayAsync("reset c-past tag:c-mark --message wrong"));
        Assert.DoesNotContain("second", await SayAsync("log c-past"));
        await SayAsync($"reset c-past {second}");
        Assert.Contains("second", await SayAsync("log c-past --own"));

        Assert.Contains($"at version {first} (tag c-mark)", await SayAsync("branch create c-again --from tag:c-mark"));
        Assert.Contains($"at version {first}", await SayAsync($"branch create c-then --from c-past@{first}"));
        await RefusedAsync(ExitCode.Usage, "branch create c-never --from c-past@2026-99-99");
        Assert.Contains("c-mark", await SayAsync("tag list --order create_time"));
        Assert.Contains("kept", await SayAsync("tag show c-mark"));
        await SayAsync("tag delete c-mark");
        await RefusedAsync(ExitCode.NotFound, "tag show c-mark");
    }

    [Fact]
    public async Task What_a_branch_says_of_itself_is_changed_one_by_one()
    {
        Assert.Contains("owner    ann@lab", await SayAsync("branch create c-said --owner ann@lab --title Night"));

        var owned = await SayAsync("branch update c-said --owner ben@lab --kind trial");
        Assert.Contains("owner    ben@lab", owned);
        Assert.Contains("kind     trial", owned);
        Assert.Contains("title    Night", owned);
        var told = await SayAsync("branch update c-said --title Nights --description deep");
        Assert.Contains("title    Nights", told);
        Assert.Contains("about    deep", told);
        Assert.Contains("owner    ben@lab", told);
        Assert.Contains("at least one option", await RefusedAsync(ExitCode.Usage, "branch update c-said"));
    }

    [Fact]
    public async Task A_branch_that_somebody_else_has_changed_is_not_changed_under_its_old_etag()
    {
        await SayAsync("branch create c-raced");
        var version = await fixture.CommitAsync("c-raced", "first");
        var old = await EtagAsync("branch show c-raced");
        await SayAsync($"branch update c-raced --title Night --etag {old}");
        var before = await fixture.CountAllAsync();

        foreach (
            var change in new[]
            {
                "branch update c-raced --title Day",
                "branch label c-raced site=berlin",
                "branch rename c-raced c-other",
                "branch state c-raced running",
                "branch extend c-raced 30d",
                "branch protect c-raced",
                "branch archive c-raced",
                "branch delete c-raced",
                $"reset c-raced {version}",
            }
        )
        {
            await RefusedAsync(ExitCode.Conflict, $"{change} --etag {old}");
        }

        Assert.Equal(before, await fixture.CountAllAsync());
        var now = await EtagAsync("branch show c-raced");
        Assert.Contains($"etag     {now}", await SayAsync("branch show c-raced"));
        Assert.Contains("protected", await SayAsync($"branch protect c-raced --etag {now}"));
    }

    [Fact]
    public async Task What_a_tag_says_of_itself_is_changed_and_what_it_names_stays()
    {
        var made = await SayAsync("""tag create c-paper --label journal=brain --metadata {"doi":"10.1/x"}""");
        Assert.Contains("""more     { "doi": "10.1/x" }""", made);
        var old = await EtagAsync("tag show c-paper");

        var changed = await SayAsync("""tag update c-paper --description sent --metadata {"doi":"10.1/y"}""");
        Assert.Contains("about    sent", changed);
        Assert.Contains("""more     { "doi": "10.1/y" }""", changed);
        Assert.Contains("labels   journal=brain, year=2026", await SayAsync("tag update c-paper --label year=2026"));
        var last = await SayAsync("tag update c-paper --label journal=");
        Assert.Contains("labels   year=2026", last);
        Assert.Contains("about    sent", last);
        await RefusedAsync(ExitCode.Conflict, $"tag update c-paper --description late --etag {old}");
        Assert.Contains("at least one option", await RefusedAsync(ExitCode.Usage, "tag update c-paper"));
        Assert.Contains("--metadata is no JSON", await RefusedAsync(ExitCode.Usage, "tag update c-paper --metadata {"));
        await SayAsync("tag delete c-paper");
    }

    [Fact]
    public async Task What_lies_around_a_branch_is_listed()
    {
        await SayAsync("branch create c-root");
        await SayAsync("branch create c-leaf --from c-root");
        await SayAsync("branch create c-twig --from c-leaf");

        Assert.Contains("c-leaf", await SayAsync("branch children c-root"));
        Assert.DoesNotContain("c-twig", await SayAsync("branch children c-root"));
        Assert.Contains("c-twig", await SayAsync("branch children c-root --depth 2"));
        var ancestors = await SayAsync("branch ancestors c-twig --json");
        var names = JsonDocument.Parse(ancestors).RootElement.GetProperty("branches").EnumerateArray();
        Assert.Equal(
            ["c-leaf", "c-root", "main"],
            names.Select(branch => branch.GetProperty("name").GetString()!.Split('/')[^1])
        );
        Assert.Contains("MERGED INTO IT", await SayAsync("branch graph c-leaf"));
        Assert.Contains("c-root", await SayAsync("branch list --order create_time"));
    }

    [Fact]
    public async Task A_broken_history_ends_with_a_failure()
    {
        await SayAsync("branch create c-whole");
        var version = await fixture.CommitAsync("c-whole");
        Assert.Contains("c-whole holds: 1 commit", await SayAsync("verify c-whole --data"));

        await fixture.AsOwnerAsync($"UPDATE branching.commit SET message = 'x' WHERE version = {version}");

        var broken = await CommandRun.OfAsync(fixture.Variables, "verify c-whole");
        Assert.Equal(ExitCode.Failure, broken.ExitCode);
        Assert.Contains($"breaks at projects/lab/branches/c-whole/commits/{version}", broken.Output);
        var json = await CommandRun.OfAsync(fixture.Variables, "verify c-whole --json");
        Assert.Equal(ExitCode.Failure, json.ExitCode);
        Assert.True(JsonDocument.Parse(json.Output).RootElement.TryGetProperty("historyBreak", out _));
    }

    [Theory]
    [InlineData("branch create --label site")]
    [InlineData("branch create x --label a=1 --label a=2")]
    [InlineData("branch create x --from main@1 --at 2")]
    [InlineData("branch create x --kind main")]
    [InlineData("branch state main sleeping")]
    [InlineData("branch label main site")]
    [InlineData("branch list --filter kind")]
    [InlineData("log --limit 0")]
    [InlineData("show latest")]
    [InlineData("reset main 2026-13-01")]
    public async Task A_wrong_command_line_is_a_matter_of_usage(string command) =>
        await RefusedAsync(ExitCode.Usage, command);

    [Theory]
    [InlineData("branch create b --from b2@-1", "'-1' is not a state: give a version (42)")]
    [InlineData("branch create b --from b2@", "'' is not a state")]
    [InlineData("branch create b --from tag:V1", "'tag:V1' is not a state")]
    [InlineData("log main --at HEAD~2", "'HEAD~2' is not a state")]
    public async Task A_state_that_is_none_is_not_taken_for_a_tag(string command, string problem) =>
        Assert.Contains(problem, await RefusedAsync(ExitCode.Usage, command));

    [Fact]
    public async Task The_form_of_an_id_is_said_once()
    {
        var said = await RefusedAsync(ExitCode.Usage, "branch create Night");

        Assert.Equal(2, said.Split("a lower-case letter, then up to 62").Length);
        Assert.Contains("BRANCH: 'Night' is no id: a lower-case letter", said);
    }

    private async Task<string> EtagAsync(string show) =>
        JsonDocument.Parse(await SayAsync($"{show} --json")).RootElement.GetProperty("etag").GetString()!;

    private async Task<string> SayAsync(string command)
    {
        var run = await CommandRun.OfAsync(fixture.Variables, command);
        Assert.True(run.ExitCode == ExitCode.Success, $"dendrite {command}: {run.ExitCode} {run.Error}");
        return run.Output;
    }

    private async Task<string> RefusedAsync(ExitCode exitCode, string command)
    {
        var run = await CommandRun.OfAsync(fixture.Variables, command);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.NotEmpty(run.Error);
        return run.Error;
    }
}
