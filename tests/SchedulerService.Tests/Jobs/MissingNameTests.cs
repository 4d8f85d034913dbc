using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;
using Dendrite.SchedulerService.Tests.Sync;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Jobs;

/// <summary>What a command names and is not there ends it with the same code, whichever command it is.</summary>
public sealed class MissingNameTests(SyncLab lab) : IClassFixture<SyncLab>
{
    [Theory]
    [InlineData("source sync none")]
    [InlineData("source show none")]
    [InlineData("job create x --task sync:none")]
    [InlineData("job update retention --task sync:none")]
    [InlineData("job create x --task backup:none")]
    [InlineData("job create x --task drill:none")]
    [InlineData("job create x --task workflow:none")]
    [InlineData("job create x --task retention:none")]
    [InlineData("job create x --task retention --cron 0_2_*_*_* --calendar none")]
    [InlineData("policy show none")]
    [InlineData("calendar update none --title x")]
    public async Task It_is_not_found(string command)
    {
        var args = command.Split(' ').Select(word => word.Replace('_', ' ')).ToArray();
        var run = await CommandRun.OfAsync(lab.Variables, args);

        Assert.Equal(ExitCode.NotFound, run.ExitCode);
        Assert.Contains("none", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_names_a_source_that_is_not_there_is_not_made()
    {
        await CommandRun.OfAsync(lab.Variables, "job create of-nothing --task sync:none");

        var run = await CommandRun.OfAsync(lab.Variables, "job show of-nothing");
        Assert.Equal(ExitCode.NotFound, run.ExitCode);
    }

    [Fact]
    public async Task Waits_of_no_time_are_kept_as_they_were_given()
    {
        var args = "job create eager --task retention --backoff 0s --max-backoff 0s --catch-up 0s --json".Split(' ');
        var made = await CommandRun.DoAsync(lab.Variables, args);

        var policy = Job.Parser.ParseJson(made.Output).Policy;
        Assert.Equal(
            (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero),
            (policy.InitialBackoff.ToTimeSpan(), policy.MaxBackoff.ToTimeSpan(), policy.CatchUpWindow.ToTimeSpan())
        );
    }
}
