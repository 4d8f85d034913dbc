using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;

namespace Dendrite.IngestService.Tests.Commands;

/// <summary><c>dendrite statistics</c> against the real service.</summary>
public sealed class StatisticsCommandTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Fact]
    public async Task Each_window_of_each_channel_is_a_line_with_the_figures_asked_for()
    {
        var run = await CommandRun.OfAsync(
            fixture.Variables,
            $"statistics eeg -b {await RecordAsync(600)} --window 1s --channels c1,c0 --only mean,alpha"
        );

        Assert.Equal(ExitCode.Success, run.ExitCode);
        var rows = run.Text.TrimEnd('\n').Split('\n').Select(Cells).ToArray();
        Assert.Equal(["CHANNEL", "FROM", "TO", "SAMPLES", "MEAN", "ALPHA", "UNIT"], rows[0]);
        Assert.Equal(["c1", "0", "256", "256"], rows[1][..4]);
        Assert.Equal(["c0", "256", "512", "256"], rows[4][..4]);
        Assert.Equal(5, rows.Length);
        var mean = Enumerable.Range(256, 256).Average(i => (Recording.SampleOf(0, i) * 0.5) + 1);
        Assert.Equal($"{mean:G6}", rows[4][4]);
        Assert.Equal("uV", rows[4][^1]);
    }

    [Fact]
    public async Task Who_asks_for_no_figure_gets_all_of_them_in_columns()
    {
        var run = await CommandRun.OfAsync(
            fixture.Variables,
            $"statistics eeg -b {await RecordAsync(600)} --window 1s"
        );

        Assert.True(run.ExitCode == ExitCode.Success, run.Error);
        var rows = run.Text.TrimEnd('\n').Split('\n').Select(Cells).ToArray();
        Assert.Equal(
            ["MEAN", "VARIANCE", "RMS", "LINE-LENGTH", "DELTA", "THETA", "ALPHA", "BETA", "GAMMA", "UNIT"],
            rows[0][4..]
        );
        Assert.All(rows, row => Assert.Equal(rows[0].Length, row.Length));
    }

    [Fact]
    public async Task Machines_get_an_object_for_each_window_and_channel()
    {
        var run = await CommandRun.OfAsync(fixture.Variables, $"statistics eeg -b {await RecordAsync(300)} --json");

        Assert.Equal(Recording.Channels, run.Text.TrimEnd('\n').Split('\n').Length);
        Assert.StartsWith("""{ "channel": "c0", "window": {""", run.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--window 10s", 0, "No window fits")]
    [InlineData("--only mode", 2, "'mode' is no figure")]
    [InlineData("--window soon", 2, "'soon' is not a time")]
    public async Task What_cannot_be_computed_is_said(string options, int expected, string said)
    {
        var run = await CommandRun.OfAsync(fixture.Variables, $"statistics eeg -b {await RecordAsync(300)} {options}");

        Assert.Equal(expected, (int)run.ExitCode);
        Assert.Contains(said, run.Text + run.Error);
    }

    private static string[] Cells(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private async Task<string> RecordAsync(int samples)
    {
        var branch = await fixture.ForkAsync();
        var (gateway, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(branch));
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, samples));
        await gateway.CloseAsync();
        return branch;
    }
}
