using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests.Jobs;

public sealed class JobCreateTests
{
    private static readonly string[] Create = ["job", "create", "nightly", "--task", "maintenance", "--json"];

    [Fact]
    public async Task A_label_of_a_job_that_is_made_may_be_empty_and_none_is_dropped()
    {
        await using var platform = await FakePlatform.StartAsync();

        var run = await CommandRun.DoAsync(platform.Variables, [.. Create, "--label", "a=", "--label", "b=1"]);

        var labels = JsonDocument.Parse(run.Output).RootElement.GetProperty("labels");
        Assert.Equal(("", "1"), (labels.GetProperty("a").GetString(), labels.GetProperty("b").GetString()));
    }

    [Fact]
    public async Task A_label_that_is_given_twice_is_refused()
    {
        await using var platform = await FakePlatform.StartAsync();

        var run = await CommandRun.OfAsync(platform.Variables, [.. Create, "--label", "a=1", "--label", "a=2"]);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("--label 'a=2' is not a KEY=VALUE of its own", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Labels_come_on_top_of_those_of_a_file()
    {
        await using var platform = await FakePlatform.StartAsync();
        var file = Path.GetTempFileName();
        const string Job = """{"labels":{"night":"3","run":"a"}}""";
        await File.WriteAllTextAsync(file, Job, TestContext.Current.CancellationToken);

        var run = await CommandRun.DoAsync(platform.Variables, [.. Create, "--file", file, "--label", "night=4"]);

        File.Delete(file);
        var labels = JsonDocument.Parse(run.Output).RootElement.GetProperty("labels");
        Assert.Equal(("4", "a"), (labels.GetProperty("night").GetString(), labels.GetProperty("run").GetString()));
    }

    [Theory]
    [InlineData("create", false)]
    [InlineData("update", true)]
    public async Task Only_a_job_that_is_there_is_said_to_lose_labels(string verb, bool takesAway)
    {
        var run = await CommandRun.DoAsync(CommandRun.Nothing, "job", verb, "--help");

        Assert.Equal(takesAway, run.Output.Contains("KEY= takes one away", StringComparison.Ordinal));
    }
}
