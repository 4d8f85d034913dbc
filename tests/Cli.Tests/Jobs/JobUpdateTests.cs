using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests.Jobs;

public sealed class JobUpdateTests
{
    [Theory]
    [InlineData("--label owner=ada", "night=2 owner=ada site=berlin")]
    [InlineData("--label site=ulm --label night=", "site=ulm")]
    [InlineData("--label site= --label night=", "")]
    public async Task Labels_that_are_not_named_stay_under_the_etag_of_what_was_read(string options, string labels)
    {
        await using var platform = await FakePlatform.StartAsync();

        await CommandRun.DoAsync(platform.Variables, $"job update nightly --json {options}".Split(' '));

        var asked = Assert.Single(platform.State.JobUpdates);
        Assert.Equal(["labels"], asked.UpdateMask.Paths);
        Assert.Equal("e7", asked.Job.Etag);
        var now = asked.Job.Labels.OrderBy(label => label.Key, StringComparer.Ordinal);
        Assert.Equal(labels, string.Join(' ', now.Select(label => $"{label.Key}={label.Value}")));
        Assert.Null(asked.Job.Policy);
    }

    [Fact]
    public async Task Options_come_on_top_of_the_labels_of_a_file_under_its_etag()
    {
        await using var platform = await FakePlatform.StartAsync();
        var file = Path.GetTempFileName();
        const string Job = """{"etag":"e6","labels":{"night":"3","run":"a"}}""";
        await File.WriteAllTextAsync(file, Job, TestContext.Current.CancellationToken);

        string[] update = ["job", "update", "nightly", "--json", "--file", file];
        await CommandRun.DoAsync(platform.Variables, [.. update, "--label", "night=4", "--max-attempts", "2"]);

        File.Delete(file);
        var asked = Assert.Single(platform.State.JobUpdates);
        Assert.Equal("e6", asked.Job.Etag);
        Assert.Equal(
            new Dictionary<string, string> { ["night"] = "4", ["run"] = "a" },
            asked.Job.Labels.ToDictionary()
        );
        Assert.Equal(2, asked.Job.Policy.MaxAttempts);
    }
}
