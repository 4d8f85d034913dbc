using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;
using Dendrite.SchedulerService.Tests.Sync;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Jobs;

/// <summary>An option that was not given changes nothing, also one of several values.</summary>
public sealed class GivenOptionTests(SyncLab lab) : IClassFixture<SyncLab>
{
    [Fact]
    public async Task A_calendar_keeps_its_holidays_when_its_title_changes()
    {
        await SayAsync("calendar", "create", "workdays", "--holidays", "2026-12-25,2026-12-26");
        await SayAsync("calendar", "update", "workdays", "--title", "Lab days");

        var shown = Calendar.Parser.ParseJson(await SayAsync("calendar", "show", "workdays", "--json"));
        Assert.Equal(("Lab days", 2), (shown.DisplayName, shown.Holidays.Count));
        Assert.Equal(ExitCode.Usage, (await RunAsync("calendar", "update", "workdays")).ExitCode);
    }

    [Fact]
    public async Task A_job_follows_another()
    {
        await SayAsync("job", "create", "after", "--task", "retention", "--after", "maintenance");

        var shown = Job.Parser.ParseJson(await SayAsync("job", "show", "after", "--json"));
        Assert.Equal(["projects/lab/jobs/maintenance"], shown.Schedule.AfterJobs.Jobs);
    }

    [Fact]
    public async Task An_address_that_is_none_is_a_usage_error()
    {
        var run = await CommandRun.OfAsync(
            name => name == "DENDRITE_SCHEDULER_URL" ? "garbage" : lab.Variables(name),
            "alert",
            "list"
        );

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("'garbage' is no address", run.Error, StringComparison.Ordinal);
    }

    private async Task<string> SayAsync(params string[] args)
    {
        var run = await RunAsync(args);
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        return run.Output;
    }

    private Task<CommandRun> RunAsync(params string[] args) => CommandRun.OfAsync(lab.Variables, args);
}
