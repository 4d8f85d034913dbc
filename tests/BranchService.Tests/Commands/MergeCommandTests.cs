using System.Text.Json;
using Dendrite.BranchService.Tests.Merging;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;

namespace Dendrite.BranchService.Tests.Commands;

/// <summary>Merging by the command line, against the real service: what goes wrong, and what is not there.</summary>
public sealed class MergeCommandTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_conflict_is_named_with_its_record_and_what_to_do_and_nothing_is_merged()
    {
        var (trial, pair) = await ClashAsync();

        var run = await CommandRun.OfAsync(fixture.Variables, $"merge {pair}");

        Assert.Equal((ExitCode.Conflict, ""), (run.ExitCode, run.Output));
        Assert.Contains("record s1 of 'subject'", run.Error);
        Assert.Contains("give a strategy", run.Error);
        Assert.Contains("s1 42 placebo c1", await trial.SubjectsAsync("target"));
        var json = await CommandRun.OfAsync(fixture.Variables, $"merge {pair} --json");
        var error = JsonDocument.Parse(json.Error).RootElement.GetProperty("error");
        Assert.Equal("MERGE_CONFLICT", error.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_preview_shows_both_sides_and_changes_nothing()
    {
        var (_, pair) = await ClashAsync();
        var before = await fixture.CountAllAsync();

        var shown = await CommandRun.OfAsync(fixture.Variables, $"merge {pair} --preview");
        var said = await CommandRun.OfAsync(fixture.Variables, $"merge {pair} --preview --json");

        // The answer is no: it would not merge as it is.
        Assert.Equal((ExitCode.Failure, ExitCode.Failure), (shown.ExitCode, said.ExitCode));
        Assert.Contains("41", shown.Output);
        Assert.Contains("42", shown.Output);
        var json = JsonDocument.Parse(said.Output).RootElement;
        Assert.Equal(1, json.GetProperty("conflicts").GetArrayLength());
        Assert.Equal(before, await fixture.CountAllAsync());
    }

    [Fact]
    public async Task A_strategy_settles_it_and_the_merge_is_listed_for_machines()
    {
        var (trial, pair) = await ClashAsync();

        await SayAsync($"merge {pair} --strategy source --message late");

        Assert.Contains("s1 41 placebo c1", await trial.SubjectsAsync("target"));
        var again = JsonDocument.Parse(await SayAsync($"merge {pair} --preview --json")).RootElement;
        Assert.Equal(0, again.GetProperty("conflicts").GetArrayLength());
        Assert.NotEqual(
            0,
            JsonDocument.Parse(await SayAsync("merge list --json")).RootElement.GetProperty("merges").GetArrayLength()
        );
    }

    [Theory]
    [InlineData("merge", nameof(ExitCode.Usage), "merge SOURCE")]
    [InlineData("merge nowhere", nameof(ExitCode.NotFound), "nowhere")]
    [InlineData("merge main", nameof(ExitCode.Usage), "SOURCE: is the target")]
    [InlineData("merge main --strategy loudest", nameof(ExitCode.Usage), "loudest")]
    [InlineData("merge tag:v1", nameof(ExitCode.Usage), "'tag:v1' names no branch")]
    [InlineData("merge other@1 --at 2", nameof(ExitCode.Usage), "SOURCE has a point already")]
    [InlineData("merge other --resolution c1", nameof(ExitCode.Usage), "has not the form CONFLICT=DECISION")]
    [InlineData("merge other --resolution c1=mine", nameof(ExitCode.Usage), "'mine' is no side")]
    [InlineData("merge other --resolution c1={", nameof(ExitCode.Usage), "--resolution is no JSON object")]
    [InlineData("merge resolve m1 --take source", nameof(ExitCode.Usage), "Name the conflicts")]
    [InlineData("merge resolve m1 c1", nameof(ExitCode.Usage), "Say what to take")]
    [InlineData("merge resolve m1 c1 --take theirs", nameof(ExitCode.Usage), "'theirs' is no side")]
    [InlineData("merge resolve m1 c1 --set {", nameof(ExitCode.Usage), "--set is no JSON object")]
    [InlineData("merge show m999999", nameof(ExitCode.NotFound), "m999999")]
    [InlineData("merge complete m999999", nameof(ExitCode.NotFound), "m999999")]
    [InlineData("merge abandon nothing", nameof(ExitCode.NotFound), "nothing")]
    [InlineData("finalize nowhere", nameof(ExitCode.NotFound), "nowhere")]
    [InlineData("finalize main --tag No", nameof(ExitCode.Usage), "SOURCE: is the target")]
    [InlineData("revert 999999 --branch main", nameof(ExitCode.Conflict), "'main' is protected")]
    [InlineData("pick main --into main --dataset d", nameof(ExitCode.Conflict), "'main' is protected")]
    [InlineData("pick main --into main", nameof(ExitCode.Usage), "--dataset: is missing")]
    [InlineData("pick main --into main --dataset d --version 0", nameof(ExitCode.Usage), "version")]
    [InlineData("reset nowhere 1", nameof(ExitCode.NotFound), "nowhere")]
    [InlineData("history nothing S1 --branch main", nameof(ExitCode.NotFound), "nothing")]
    [InlineData("branch usage nowhere", nameof(ExitCode.NotFound), "nowhere")]
    [InlineData("verify nowhere", nameof(ExitCode.NotFound), "nowhere")]
    public async Task What_goes_wrong_is_said_with_what_it_is_about(string command, string exitCode, string says)
    {
        var run = await CommandRun.OfAsync(fixture.Variables, command);

        Assert.Equal((exitCode, ""), ($"{run.ExitCode}", run.Output));
        Assert.Contains(says, run.Error);
    }

    [Fact]
    public async Task Machines_read_an_empty_list_where_there_is_nothing()
    {
        await fixture.CreateAsync("empty-branch");

        var log = JsonDocument.Parse(await SayAsync("log empty-branch --own --json")).RootElement;
        var tags = JsonDocument.Parse(await SayAsync("tag list --json")).RootElement;
        var usage = JsonDocument.Parse(await SayAsync("branch usage empty-branch --json")).RootElement;

        Assert.Equal(0, log.GetProperty("commits").GetArrayLength());
        Assert.Equal(0, tags.GetProperty("tags").GetArrayLength());
        Assert.Equal("0", usage.GetProperty("ownBytes").GetString());
    }

    private async Task<(Trial Trial, string Pair)> ClashAsync()
    {
        var word = fixture.NextWord();
        var trial = await Trial.CreateAsync(fixture, word);
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"));
        return (trial, $"{word}-source --into {word}-target");
    }

    private async Task<string> SayAsync(string command)
    {
        var run = await CommandRun.OfAsync(fixture.Variables, command);
        Assert.True(run.ExitCode == ExitCode.Success, $"dendrite {command}: {run.ExitCode} {run.Error}");
        return run.Output;
    }
}
