using System.Text.Json;
using Dendrite.BranchService.Tests.Merging;
using Dendrite.Cli.Tests;

namespace Dendrite.BranchService.Tests.Commands;

/// <summary>Waiting merges, earlier states, picks and reverts by the command line, against the real service.</summary>
public sealed class MergedByCommandTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_merge_is_opened_its_conflicts_are_decided_one_by_one_and_it_is_completed()
    {
        var (trial, word) = await ClashAsync();
        var opened = Read(
            await SayAsync("merge", "open", $"{word}-source", "--into", $"{word}-target", "-m", "by two")
        );
        var id = opened.GetProperty("name").GetString()!.Split('/')[^1];
        Assert.Equal("MERGE_STATE_WAITING", opened.GetProperty("state").GetString());

        var conflicts = await ConflictsAsync("merge", "conflicts", id);
        await SayAsync("merge", "resolve", id, conflicts["s1"], "--take", "source", "--reason", "read again");
        var decided = Read(
            await SayAsync("merge", "resolve", id, "--resolution", $$"""{{conflicts["s2"]}}={"age":55}""")
        );
        Assert.Equal("MERGE_STATE_READY", decided.GetProperty("state").GetString());
        var completed = Read(await SayAsync("merge", "complete", id)).GetProperty("merge");

        Assert.Equal("MERGE_STATE_COMPLETED", completed.GetProperty("state").GetString());
        Assert.Equal("by two", completed.GetProperty("commit").GetProperty("message").GetString());
        Assert.Equal(["s1 41 placebo c1", "s2 55 active c2"], await trial.SubjectsAsync("target"));
        Assert.Equal(
            "completed",
            (await CommandRun.DoAsync(fixture.Variables, "merge", "show", id)).Output.Split("  ")[1]
        );
    }

    [Fact]
    public async Task Conflicts_that_are_alike_are_decided_in_one_call_for_one_reason()
    {
        var (trial, word) = await ClashAsync();
        var opened = Read(await SayAsync("merge", "open", $"{word}-source", "--into", $"{word}-target"));
        var id = opened.GetProperty("name").GetString()!;
        var conflicts = await ConflictsAsync("merge", "conflicts", id);

        await SayAsync(
            "merge",
            "resolve",
            id,
            conflicts["s1"],
            conflicts["s2"],
            "--take",
            "base",
            "--reason",
            "both off"
        );

        var decided = Read(await SayAsync("merge", "conflicts", id)).GetProperty("conflicts").EnumerateArray();
        Assert.Equal(
            ["both off", "both off"],
            decided.Select(conflict => conflict.GetProperty("resolution").GetProperty("reason").GetString())
        );
        await SayAsync("merge", "complete", id);
        Assert.Equal(["s1 40 placebo c1", "s2 50 active c2"], await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task A_merge_takes_its_decisions_with_it()
    {
        var (trial, word) = await ClashAsync();
        string[] pair = ["merge", $"{word}-source", "--into", $"{word}-target"];
        var preview = await CommandRun.OfAsync(fixture.Variables, [.. pair, "--preview", "--json"]);
        var conflicts = IdsOf(Read(preview.Output));

        await SayAsync([
            .. pair,
            "--resolution",
            $"{conflicts["s1"]}=source",
            "--resolution",
            $"{conflicts["s2"]}=target",
        ]);

        Assert.Equal(["s1 41 placebo c1", "s2 52 active c2"], await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task An_earlier_state_of_a_branch_is_merged_and_finalized_without_what_came_later()
    {
        var word = fixture.NextWord();
        var trial = await Trial.CreateAsync(fixture, word);
        var first = await trial.PutAsync("source", ("s3", 60, "active", "c3"));
        var second = await trial.PutAsync("source", ("s4", 61, "active", "c4"));
        await trial.PutAsync("source", ("s1", 1, "wrong", "c1"));

        await SayAsync("merge", $"{word}-source@{first}", "--into", $"{word}-target");
        Assert.Equal(["s1 40 placebo c1", "s2 50 active c2", "s3 60 active c3"], await trial.SubjectsAsync("target"));

        string[] finalize = ["finalize", $"{word}-source", "--into", $"{word}-target", "--at", $"{second}", "--keep"];
        var result = Read(await SayAsync([.. finalize, "--message", "what was read twice"]));
        Assert.Equal(
            "what was read twice",
            result.GetProperty("merge").GetProperty("commit").GetProperty("message").GetString()
        );
        Assert.Equal(
            ["s1 40 placebo c1", "s2 50 active c2", "s3 60 active c3", "s4 61 active c4"],
            await trial.SubjectsAsync("target")
        );
    }

    [Fact]
    public async Task Records_are_picked_from_a_tag_whose_branch_is_gone_and_from_earlier_states()
    {
        var word = fixture.NextWord();
        var trial = await Trial.CreateAsync(fixture, word);
        var before = await trial.HeadVersionAsync("target");
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        await SayAsync("tag", "create", $"{word}-kept", "--from", $"{word}-source");
        await SayAsync("branch", "delete", $"{word}-source", "--purge");
        string[] into = ["--into", $"{word}-target", "--dataset", "subject", "--record", "s1"];

        var picked = Read(await SayAsync(["pick", $"tag:{word}-kept", .. into, "-m", "from the kept state"]));
        Assert.Equal("1", picked.GetProperty("writtenRecords").GetString());
        Assert.Equal("from the kept state", picked.GetProperty("commit").GetProperty("message").GetString());
        Assert.Contains("s1 41 placebo c1", await trial.SubjectsAsync("target"));

        var back = await CommandRun.DoAsync(fixture.Variables, ["pick", $"{word}-target@{before}", .. into]);
        Assert.Contains("1 written, 0 deleted, 0 unchanged", back.Output);
        Assert.Contains("s1 40 placebo c1", await trial.SubjectsAsync("target"));
        var again = await CommandRun.DoAsync(
            fixture.Variables,
            ["pick", $"{word}-target", "--version", $"{before}", .. into]
        );
        Assert.Contains("0 written, 0 deleted, 1 unchanged", again.Output);
    }

    [Fact]
    public async Task A_commit_is_reverted_and_what_came_later_stays()
    {
        var word = fixture.NextWord();
        var trial = await Trial.CreateAsync(fixture, word);
        var bad = await trial.PutAsync("target", ("s1", 99, "placebo", "c1"));
        await trial.PutAsync("target", ("s2", 51, "active", "c2"));

        var said = await CommandRun.DoAsync(
            fixture.Variables,
            ["revert", $"{bad}", "--branch", $"{word}-target", "--message", "the wrong sheet"]
        );

        Assert.Contains("the wrong sheet", said.Output);
        Assert.Equal(["s1 40 placebo c1", "s2 51 active c2"], await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task A_refused_revert_names_its_conflicts_so_that_each_can_be_decided()
    {
        var word = fixture.NextWord();
        var trial = await Trial.CreateAsync(fixture, word);
        var bad = await trial.PutAsync("target", ("s1", 98, "placebo", "c1"), ("s2", 99, "active", "c2"));
        await trial.PutAsync("target", ("s1", 41, "placebo", "c1"), ("s2", 51, "active", "c2"));
        string[] revert = ["revert", $"{bad}", "--branch", $"{word}-target"];

        var refused = await CommandRun.OfAsync(fixture.Variables, revert);
        var json = Read((await CommandRun.OfAsync(fixture.Variables, [.. revert, "--json"])).Error);

        const string Prefix = "conflict.";
        var conflicts = json.GetProperty("error")
            .GetProperty("details")
            .EnumerateObject()
            .Where(detail => detail.Name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(detail => detail.Value.GetString()!, detail => detail.Name[Prefix.Length..]);
        Assert.Equal(["cell  subject/s1  age", "cell  subject/s2  age"], conflicts.Keys.Order());
        Assert.All(conflicts, conflict => Assert.Contains($"{conflict.Value}  {conflict.Key}", refused.Error));
        Assert.DoesNotContain("Preview", refused.Error);
        string[] decisions = [.. conflicts.Values.SelectMany(id => new[] { "--resolution", $"{id}=source" })];
        await SayAsync([.. revert, .. decisions]);
        Assert.Equal(["s1 40 placebo c1", "s2 50 active c2"], await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task A_decided_merge_whose_branch_moved_on_is_not_shown_as_ready()
    {
        var (trial, word) = await ClashAsync();
        var opened = Read(await SayAsync("merge", "open", $"{word}-source", "--into", $"{word}-target"));
        var id = opened.GetProperty("name").GetString()!.Split('/')[^1];
        var conflicts = await ConflictsAsync("merge", "conflicts", id);
        await SayAsync("merge", "resolve", id, conflicts["s1"], conflicts["s2"], "--take", "source");
        Assert.Contains("undecided: 0", (await CommandRun.DoAsync(fixture.Variables, "merge", "show", id)).Output);

        await trial.PutAsync("target", ("s1", 43, "placebo", "c1"));

        var shown = (await CommandRun.DoAsync(fixture.Variables, "merge", "show", id)).Output;
        Assert.StartsWith($"{id}  open (branches moved on)  ", shown);
        Assert.Contains($"not known since the branches moved on; see 'merge conflicts {id}'", shown);
        Assert.DoesNotContain("undecided", shown);
        var listed = (await CommandRun.DoAsync(fixture.Variables, "merge", "list")).Output.Split('\n');
        var row = listed.Single(line => line.StartsWith($"{id} ", StringComparison.Ordinal));
        Assert.Matches(@"open \(branches moved on\) .* \? ", row);
    }

    [Fact]
    public async Task A_waiting_merge_of_nothing_is_completed_without_a_commit()
    {
        var word = fixture.NextWord();
        var trial = await Trial.CreateAsync(fixture, word);
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        string[] pair = [$"{word}-source", "--into", $"{word}-target"];
        var id = Read(await SayAsync(["merge", "open", .. pair])).GetProperty("name").GetString()!.Split('/')[^1];
        await SayAsync(["merge", .. pair]);
        var head = await trial.HeadVersionAsync("target");

        var completed = await CommandRun.DoAsync(fixture.Variables, "merge", "complete", id);

        Assert.Contains("completed", completed.Output);
        Assert.Contains("Up to date", completed.Output);
        Assert.Equal(head, await trial.HeadVersionAsync("target"));
        var shown = Read(await SayAsync("merge", "show", id));
        Assert.Equal("MERGE_STATE_COMPLETED", shown.GetProperty("state").GetString());
        Assert.Contains(id, (await CommandRun.DoAsync(fixture.Variables, "merge", "list")).Output);
    }

    [Fact]
    public async Task A_merge_whose_commit_went_with_its_purged_branch_is_shown_with_the_commits_version()
    {
        var word = fixture.NextWord();
        var trial = await Trial.CreateAsync(fixture, word);
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        var merged = Read(await SayAsync("merge", $"{word}-source", "--into", $"{word}-target")).GetProperty("merge");
        var id = merged.GetProperty("name").GetString()!.Split('/')[^1];
        var version = merged.GetProperty("commit").GetProperty("version").GetString();
        await fixture.PurgeAsync($"{word}-source");
        await fixture.PurgeAsync($"{word}-target");

        await fixture.SweepAsync();

        var left = await fixture.AsOwnerAsync($"SELECT count(*) FROM branching.commit WHERE version = {version}");
        Assert.Equal(0L, left);
        var shown = (await CommandRun.DoAsync(fixture.Variables, "merge", "show", id)).Output;
        Assert.StartsWith($"{id}  completed  {word}-source -> {word}-target", shown);
        Assert.Contains($"commit {version}\n", shown);
        Assert.DoesNotContain("Up to date", shown);
        var commit = Read(await SayAsync("merge", "show", id)).GetProperty("commit");
        Assert.Equal(version, commit.GetProperty("version").GetString());
        Assert.Equal($"{trial.Branch("target")}/commits/{version}", commit.GetProperty("name").GetString());
        Assert.Contains(id, (await CommandRun.DoAsync(fixture.Variables, "merge", "list")).Output);
    }

    /// <summary>Two records of which both sides changed the age.</summary>
    private async Task<(Trial Trial, string Word)> ClashAsync()
    {
        var word = fixture.NextWord();
        var trial = await Trial.CreateAsync(fixture, word);
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"), ("s2", 51, "active", "c2"));
        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"), ("s2", 52, "active", "c2"));
        return (trial, word);
    }

    private async Task<Dictionary<string, string>> ConflictsAsync(params string[] command) =>
        IdsOf(Read(await SayAsync(command)));

    /// <summary>Ids of conflicts by their record's.</summary>
    private static Dictionary<string, string> IdsOf(JsonElement list) =>
        list.GetProperty("conflicts")
            .EnumerateArray()
            .ToDictionary(
                conflict => conflict.GetProperty("record").GetProperty("recordId").GetString()!,
                conflict => conflict.GetProperty("conflictId").GetString()!
            );

    private static JsonElement Read(string json) => JsonDocument.Parse(json).RootElement;

    /// <summary>What machines are told.</summary>
    private async Task<string> SayAsync(params string[] command) =>
        (await CommandRun.DoAsync(fixture.Variables, [.. command, "--json"])).Output;
}
