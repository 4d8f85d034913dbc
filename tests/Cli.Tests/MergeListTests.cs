using System.Text.Json;
using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests;

public sealed class MergeListTests
{
    [Fact]
    public async Task The_newest_merges_are_listed_and_it_is_said_that_there_are_more()
    {
        await using var platform = await FakePlatform.StartAsync();

        var listed = await CommandRun.DoAsync(platform.Variables, "merge", "list");

        Assert.Equal(1 + 100, listed.Output.TrimEnd().Split('\n').Length);
        Assert.Contains("There are more; see --limit.", listed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7, 7)]
    [InlineData(1_100, 1_100)]
    [InlineData(1_250, FakeMerges.Count)]
    [InlineData(5_000, FakeMerges.Count)]
    public async Task As_many_merges_are_listed_as_are_wanted_page_by_page(int limit, int count)
    {
        await using var platform = await FakePlatform.StartAsync();

        var listed = await CommandRun.DoAsync(platform.Variables, "merge", "list", "--limit", $"{limit}", "--json");

        var list = JsonDocument.Parse(listed.Output).RootElement;
        var names = list.GetProperty("merges").EnumerateArray().Select(merge => merge.GetProperty("name").GetString());
        Assert.Equal(
            Enumerable.Range(0, count).Select(place => $"projects/lab/merges/m{FakeMerges.Count - place}"),
            names
        );
        Assert.Equal(count < FakeMerges.Count, list.GetProperty("nextPageToken").GetString()!.Length > 0);
    }
}
