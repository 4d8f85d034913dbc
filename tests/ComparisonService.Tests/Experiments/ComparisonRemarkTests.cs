using Dendrite.V1;

namespace Dendrite.ComparisonService.Tests.Experiments;

/// <summary>Where figures are missing, a comparison says why.</summary>
public sealed class ComparisonRemarkTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    private const int Rate = 128;

    private readonly SignalRecorder recorder = new(lab.Database);

    [Fact]
    public async Task Windows_too_short_for_the_mains_have_no_line_noise_and_the_remark_says_so()
    {
        await RecordAsync("short", Wave(1, 20), Wave(2, 20));

        var channel = await CompareAsync("short", new() { WindowLength = new() { Nanos = 250_000_000 } });

        Assert.True(double.IsNaN(channel.From.LineNoiseRatio) && double.IsNaN(channel.To.LineNoiseRatio));
        Assert.Contains(
            "windows tell frequencies 4 Hz apart, and none from 1 to 100 Hz lies within 1 Hz of the mains",
            channel.Remark,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_long_recording_of_which_gaps_leave_one_window_whole_says_why_it_has_no_tests()
    {
        var holed = Wave(1, 20);
        for (var at = 3 * Rate; at < holed.Length; at += Rate)
        {
            holed[at] = double.NaN;
        }

        await RecordAsync("holed", holed, Wave(2, 20));

        var channel = await CompareAsync("holed", new());

        Assert.Equal((1, 10), (channel.Tests[0].FromWindows, channel.Tests[0].ToWindows));
        Assert.All(channel.Tests, test => Assert.True(double.IsNaN(test.TP)));
        Assert.Contains(
            "the old side has fewer than two whole windows of 2 s",
            channel.Remark,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("the new side has fewer", channel.Remark, StringComparison.Ordinal);
    }

    private async Task RecordAsync(string word, double[] old, double[] current)
    {
        foreach (var (side, samples) in new[] { ("a", old), ("b", current) })
        {
            await lab.Recorder.ForkAsync($"{word}-{side}");
            await recorder.RecordAsync($"{word}-{side}", new("eeg", Rate, ("C3", samples)));
        }
    }

    private async Task<ChannelComparison> CompareAsync(string word, ExperimentComparisonOptions options)
    {
        var request = new CompareExperimentsRequest
        {
            Project = "projects/lab",
            Comparand = new()
            {
                From = new() { Branch = $"projects/lab/branches/{word}-a" },
                To = new() { Branch = $"projects/lab/branches/{word}-b" },
            },
            Options = options,
        };
        var asked = await lab.Experiments.CompareExperimentsAsync(request, lab.Key);
        var done = await lab.Operations.WaitOperationAsync(new() { Name = asked.Operation.Name }, lab.Key);
        Assert.True(done.Operation.State == OperationState.Succeeded, $"{done.Operation.Error}");
        return Assert.Single(done.Operation.Response.Unpack<ExperimentComparison>().Channels);
    }

    private static double[] Wave(int seed, int seconds)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable
                .Range(0, seconds * Rate)
                .Select(i => Math.Sin(2 * Math.PI * 10 * i / Rate) + random.NextDouble()),
        ];
    }
}
