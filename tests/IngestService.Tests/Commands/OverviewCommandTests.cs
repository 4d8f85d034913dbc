using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;

namespace Dendrite.IngestService.Tests.Commands;

/// <summary><c>dendrite overview</c> against the real service.</summary>
public sealed class OverviewCommandTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Fact]
    public async Task Each_channel_is_a_line_with_its_extremes_and_a_sign_for_each_bucket()
    {
        var branch = await RecordAsync();

        var run = await CommandRun.OfAsync(fixture.Variables, $"overview eeg -b {branch} --buckets 4 --channels c1,c0");

        Assert.Equal(ExitCode.Success, run.ExitCode);
        var lines = run.Text.TrimEnd('\n').Split('\n');
        Assert.StartsWith("CHANNEL", lines[0], StringComparison.Ordinal);
        var expected = Enumerable
            .Range(0, 800)
            .Where(i => i is < 400 or >= 600)
            .Select(i => (Recording.SampleOf(1, i) * 0.5) + 1)
            .ToArray();
        string[] cells = lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["c1", $"{expected.Min():0.###}", $"{expected.Max():0.###}", $"{expected.Average():0.###}", "uV"],
            cells[..5]
        );
        // The third quarter is missing.
        Assert.Equal(4, lines[1][lines[0].IndexOf("PEAK", StringComparison.Ordinal)..].Length);
        Assert.Equal(' ', lines[1][^2]);
        Assert.StartsWith("c0", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Machines_get_a_header_and_an_object_for_each_channel()
    {
        var run = await CommandRun.OfAsync(
            fixture.Variables,
            $"overview eeg -b {await RecordAsync()} --buckets 2 --json"
        );

        var lines = run.Text.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(1 + Recording.Channels, lines.Length);
        Assert.Equal(2, lines[0].GetProperty("header").GetProperty("bucketEnds").GetArrayLength());
        Assert.Equal("c0", lines[1].GetProperty("channel").GetProperty("channel").GetString());
    }

    [Fact]
    public async Task A_recording_without_samples_says_so()
    {
        var branch = await fixture.ForkAsync();
        var (gateway, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(branch));
        await gateway.CloseAsync();
        gateway.Dispose();

        var run = await CommandRun.OfAsync(fixture.Variables, $"overview eeg -b {branch}");

        Assert.Equal("No samples there.\n", run.Text);
    }

    /// <summary>400 samples, then 200 that are missing, then 200.</summary>
    private async Task<string> RecordAsync()
    {
        var branch = await fixture.ForkAsync();
        var (gateway, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(branch));
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 400));
        var gap = new V1.Gap
        {
            Range = new() { StartSample = 400, EndSample = 600 },
            Cause = V1.GapCause.Paused,
        };
        await gateway.SendAsync(new V1.AppendRequest { Gap = gap });
        await gateway.SendAsync(Recording.Block(600, 200));
        await gateway.CloseAsync();
        return branch;
    }
}
