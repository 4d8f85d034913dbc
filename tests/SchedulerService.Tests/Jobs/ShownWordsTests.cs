using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;
using Dendrite.SchedulerService.Tests.Sync;

namespace Dendrite.SchedulerService.Tests.Jobs;

/// <summary>What people read of what they declared: titles, lengths of time, times, and what was not there.</summary>
public sealed class ShownWordsTests(SyncLab lab) : IClassFixture<SyncLab>
{
    [Fact]
    public async Task What_is_shown_alone_has_its_title_and_lengths_of_time_in_words()
    {
        await SayAsync("job create tidy --task retention --every 6h --title Tidying");
        Assert.Matches("(?s)Tidying.*every 6 h", await SayAsync("job show tidy"));
        Assert.Matches("every 6 h .*Tidying", await SayAsync("job list"));
        await SayAsync("calendar create days --title Workdays");
        Assert.Contains("Workdays", await SayAsync("calendar show days"), StringComparison.Ordinal);
        await SayAsync("source create feed --dataset d --branch study --url http://127.0.0.1:9 --title Feed");
        Assert.Contains("  Feed", await SayAsync("source show feed"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("job delete none --missing-ok", "There was no projects/lab/jobs/none.")]
    [InlineData("calendar delete none --missing-ok", "There was no projects/lab/calendars/none.")]
    [InlineData("source delete none --missing-ok", "There was no projects/lab/syncSources/none.")]
    public async Task What_was_not_there_is_not_said_to_be_deleted(string command, string said)
    {
        Assert.Equal(said, (await SayAsync(command)).TrimEnd());
        var json = await SayAsync($"{command} --json");
        Assert.StartsWith("{", json, StringComparison.Ordinal);
    }

    private async Task<string> SayAsync(string command)
    {
        var run = await CommandRun.DoAsync(lab.Variables, command.Split(' '));
        Assert.Equal(ExitCode.Success, run.ExitCode);
        return run.Output;
    }
}
