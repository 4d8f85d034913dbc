using System.Text.Json.Nodes;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;
using Dendrite.Signals.Tests;

namespace Dendrite.EndToEnd.Comparing;

/// <summary>The commands that compare, on real recordings and the running platform.</summary>
public sealed class CompareCommandTests(Platform platform) : IClassFixture<Platform>
{
    private const string Recording = "bdf/eeg_3ch_status_500hz.bdf";

    [Fact]
    public async Task Compare_pairs_what_is_given_and_shows_tests_and_figures()
    {
        await ImportAsync("cmp-a", "cmp-b");

        var all = await DoAsync("compare", "cmp-a", "cmp-b");
        var given = await DoAsync("compare", "cmp-a", "cmp-b", "--pair", "eeg/C3=eeg/C4", "--bands", "slow=1-8");
        var since = await DoAsync("compare", "cmp-a", "cmp-b", "--since-base");
        var json = JsonNode.Parse((await DoAsync("compare", "cmp-a", "cmp-b", "--channels", "C3", "--json")).Output)!;

        Assert.Contains("CHANNEL", all.Output);
        Assert.Contains("eeg/C3", all.Output);
        Assert.DoesNotContain('\e', all.Output);
        Assert.Contains("eeg/C3 : eeg/C4", given.Output);
        Assert.Contains("power:slow", given.Output);
        Assert.Contains("Only on the old side: eeg, ", given.Output);
        Assert.Contains("No channel has a counterpart", since.Output);
        Assert.Equal("C3", (string?)json["channels"]![0]!["pair"]!["fromChannel"]);
        Assert.Single(json["channels"]!.AsArray());
    }

    [Fact]
    public async Task Compare_names_the_labels_that_there_are_and_the_form_of_a_pair()
    {
        await ImportAsync("err-a", "err-b");

        var unknown = await CommandRun.OfAsync(platform.Variables, "compare", "err-a", "err-b", "--channels", "Z9");
        var pair = await CommandRun.OfAsync(platform.Variables, "compare", "err-a", "err-b", "--pair", "C3=C4");
        var absent = await CommandRun.OfAsync(
            platform.Variables,
            "compare",
            "err-a",
            "err-b",
            "--pair",
            "eeg/C3=eeg/Z9"
        );

        Assert.Equal((ExitCode.NotFound, ""), (unknown.ExitCode, unknown.Output));
        Assert.Contains("both have C3, C4", unknown.Error);
        Assert.Equal(ExitCode.Usage, pair.ExitCode);
        Assert.Contains("STREAM/CHANNEL=STREAM/CHANNEL", pair.Error);
        Assert.Equal(ExitCode.NotFound, absent.ExitCode);
        Assert.Contains("C3, C4", absent.Error);
    }

    [Fact]
    public async Task Operations_are_listed_shown_waited_for_and_deleted()
    {
        await ImportAsync("op-a", "op-b");
        await DoAsync("compare", "op-a", "op-b");

        var list = JsonNode.Parse((await DoAsync("operation", "list", "--limit", "1", "--json")).Output)!;
        var name = (string)list["operations"]![0]!["name"]!;
        var id = name[(name.LastIndexOf('/') + 1)..];
        var shown = await DoAsync("operation", "show", id);
        var waited = await DoAsync("operation", "wait", id);
        await DoAsync("operation", "delete", id);
        var gone = await CommandRun.OfAsync(platform.Variables, "operation", "show", id);

        Assert.Contains("succeeded", shown.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("succeeded", waited.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(ExitCode.NotFound, gone.ExitCode);
    }

    [Fact]
    public async Task Checks_are_made_run_and_required_by_merges()
    {
        // Not into main, which other tests fork.
        await platform.CreateBranchAsync("chk-main");
        await DoAsync("branch", "protect", "chk-main");
        await ImportAsync("chk-a");
        await DoAsync("check", "create", "whole", "--max-missing", "0.5", "--required");
        await DoAsync("check", "create", "two", "--sql", "SELECT n FROM (VALUES (1), (2)) AS v (n)");

        var list = await DoAsync("check", "list");
        var refused = await CommandRun.OfAsync(platform.Variables, "merge", "chk-a", "--into", "chk-main");
        var failing = await CommandRun.OfAsync(platform.Variables, "check", "run", "chk-a");
        var merged = await DoAsync("merge", "chk-a", "--into", "chk-main");
        var results = await DoAsync("check", "results");
        await DoAsync("check", "delete", "whole");
        await DoAsync("check", "delete", "two");

        Assert.Matches("whole +all +by merges +missing at most 0.5", list.Output);
        Assert.Equal(ExitCode.Conflict, refused.ExitCode);
        Assert.Contains("Quality check 'whole' has not been run on chk-a@", refused.Error);
        Assert.Equal(ExitCode.Failure, failing.ExitCode);
        Assert.Contains("holds  whole", failing.Output);
        Assert.Contains("FAILS  two: n 1", failing.Output);
        Assert.NotEqual("", merged.Output);
        Assert.Contains("two", results.Output);
    }

    [Fact]
    public async Task Similar_finds_the_recording_again_in_another_stream()
    {
        await ImportAsync("sim-a", "sim-b");

        var text = await DoAsync("similar", "eeg", "-b", "sim-a", "--channel", "C3", "--to", "1000", "--in", "sim-b");
        var json = JsonNode.Parse(
            (
                await DoAsync([
                    "similar",
                    "eeg",
                    "-b",
                    "sim-a",
                    "--channel",
                    "C3",
                    "--to",
                    "1000",
                    "--in",
                    "sim-b",
                    "--json",
                ])
            ).Output
        )!;
        var unknown = await CommandRun.OfAsync(
            platform.Variables,
            "similar",
            "eeg",
            "-b",
            "sim-a",
            "--channel",
            "Z9",
            "--to",
            "1000"
        );

        // Imported twice, the same samples are another stream's: as near as can be.
        Assert.Matches("(?m)^0\\.000 +sim-b +eeg +C3 +0\\.\\.1000 +hardly", text.Output);
        Assert.DoesNotContain('\e', text.Output);
        Assert.Equal(0, (double)json["windows"]![0]!["distance"]!);
        Assert.True((bool)json["complete"]!);
        Assert.Equal(ExitCode.NotFound, unknown.ExitCode);
        Assert.Contains("its channels are C3, C4", unknown.Error);
    }

    [Fact]
    public async Task Reports_replace_no_file_unless_they_are_told_to()
    {
        await ImportAsync("rep-a", "rep-b");
        var path = Path.Combine(Directory.CreateTempSubdirectory("dendrite-report").FullName, "night.md");
        await DoAsync("report", "create", "rep-a", "rep-b", "--bands", "slow=1-8", "--window", "4s", "-o", path);
        var first = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);

        var refused = await CommandRun.OfAsync(platform.Variables, "report", "create", "rep-a", "rep-b", "-o", path);
        var list = JsonNode.Parse((await DoAsync("report", "list", "--json")).Output)!["reports"]!.AsArray();
        var id = ((string)list[0]!["name"]!).Split('/')[^1];
        var saved = await CommandRun.OfAsync(platform.Variables, "report", "save", id, "-o", path);
        await DoAsync("report", "save", id, "-o", path, "--force");

        Assert.Contains("slow", first);
        Assert.Equal((ExitCode.Conflict, ExitCode.Conflict), (refused.ExitCode, saved.ExitCode));
        Assert.Contains("exists. Choose another name, or replace it with --force.", refused.Error);
        Assert.Equal(first, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    private Task<CommandRun> DoAsync(params string[] arguments) => CommandRun.DoAsync(platform.Variables, arguments);

    private async Task ImportAsync(params string[] branches)
    {
        foreach (var branch in branches)
        {
            await platform.CreateBranchAsync(branch);
            await DoAsync("import", SharedData.Require(Recording), "--branch", branch, "--stream", "eeg");
        }
    }
}
