using System.Text.Json;
using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests;

/// <summary>Lists that end at a limit say so.</summary>
public sealed class ListLimitTests
{
    public static TheoryData<string, string, int, bool> Lists =>
        new()
        {
            { "record query labs", "records", 100, true },
            { "log main", "commits", 50, true },
            { "operation list", "operations", 50, true },
            { "job runs", "runs", 20, true },
            { "source dead-letters weather", "deadLetters", 20, false },
            { "check results", "results", 20, true },
        };

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task Where_there_are_more_that_is_said_to_people_and_to_machines(
        string command,
        string field,
        int usual,
        bool isTable
    )
    {
        await using var platform = await FakePlatform.StartAsync();

        var text = await CommandRun.DoAsync(platform.Variables, command.Split(' '));
        var json = await CommandRun.DoAsync(platform.Variables, $"{command} --json".Split(' '));

        var lines = text.Output.TrimEnd().Split('\n').Count(line => !line.StartsWith(' '));
        Assert.Equal(isTable ? 1 + usual : usual, lines);
        Assert.Contains("There are more; see --limit.", text.Error, StringComparison.Ordinal);
        var list = JsonDocument.Parse(json.Output).RootElement;
        Assert.Equal(usual, list.GetProperty(field).GetArrayLength());
        Assert.NotEqual("", list.GetProperty("nextPageToken").GetString());
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task Where_all_are_listed_nothing_is_said(string command, string field, int usual, bool isTable)
    {
        await using var platform = await FakePlatform.StartAsync();
        Assert.InRange(usual, 1, FakePages.Count);
        _ = isTable;

        var text = await CommandRun.DoAsync(platform.Variables, $"{command} --limit 5000".Split(' '));
        var json = await CommandRun.DoAsync(platform.Variables, $"{command} --limit 5000 --json".Split(' '));

        Assert.Empty(text.Error);
        var list = JsonDocument.Parse(json.Output).RootElement;
        Assert.Equal(FakePages.Count, list.GetProperty(field).GetArrayLength());
        Assert.Equal("", list.GetProperty("nextPageToken").GetString());
    }
}
