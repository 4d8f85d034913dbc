using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;
using Dendrite.V1;

namespace Dendrite.Cli.Tests;

public sealed class StreamUpdateTests
{
    private const string Name = "projects/lab/branches/main/streams/eeg";

    [Fact]
    public async Task A_label_is_set_and_one_is_taken_away_while_the_others_stay_under_the_etag_of_what_was_read()
    {
        await using var platform = await StartAsync();

        await CommandRun.DoAsync(
            platform.Variables,
            "streams update eeg -b main --label site=berlin --label night=".Split(' ')
        );

        var asked = Assert.Single(platform.State.StreamUpdates);
        Assert.Equal(["labels"], asked.UpdateMask.Paths);
        Assert.Equal("e7", asked.Stream.Etag);
        Assert.Equal(
            new Dictionary<string, string> { ["source-sha256"] = "abc", ["site"] = "berlin" },
            asked.Stream.Labels.ToDictionary()
        );
    }

    [Fact]
    public async Task An_etag_that_is_given_guards_the_change_and_other_fields_are_changed_without_one()
    {
        await using var platform = await StartAsync();

        await CommandRun.DoAsync(
            platform.Variables,
            "streams update eeg -b main --label site=berlin --etag e6".Split(' ')
        );
        await CommandRun.DoAsync(platform.Variables, "streams update eeg -b main --title Night".Split(' '));

        Assert.Equal(["e6", ""], platform.State.StreamUpdates.Select(asked => asked.Stream.Etag));
        Assert.Equal(["display_name"], platform.State.StreamUpdates.Last().UpdateMask.Paths);
    }

    [Theory]
    [InlineData("source-sha256=")]
    [InlineData("source-sha256=def")]
    public async Task The_label_by_which_an_import_knows_its_file_again_stays(string label)
    {
        await using var platform = await StartAsync();

        var run = await CommandRun.OfAsync(platform.Variables, $"streams update eeg -b main --label {label}");

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("source-sha256", run.Error, StringComparison.Ordinal);
        Assert.Empty(platform.State.StreamUpdates);
    }

    [Fact]
    public async Task A_value_that_begins_with_an_at_is_a_value_and_no_file_of_arguments()
    {
        await using var platform = await StartAsync();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "Night\n--label\nsite=berlin\n", TestContext.Current.CancellationToken);

        foreach (var title in new[] { "@rest", $"@{file}" })
        {
            await CommandRun.DoAsync(platform.Variables, "streams", "update", "eeg", "-b", "main", "--title", title);
        }

        File.Delete(file);
        Assert.Equal(["@rest", $"@{file}"], platform.State.StreamUpdates.Select(asked => asked.Stream.DisplayName));
    }

    private static async Task<FakePlatform> StartAsync()
    {
        var platform = await FakePlatform.StartAsync();
        var stream = new SignalStream
        {
            Name = Name,
            Etag = "e7",
            Labels = { ["source-sha256"] = "abc", ["night"] = "2" },
            Channels = { new SignalChannel { Label = "Fp1" } },
        };
        platform.State.Streams[Name] = new(stream);
        return platform;
    }
}
