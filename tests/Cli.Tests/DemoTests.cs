using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;
using Dendrite.Signals.Tests;

namespace Dendrite.Cli.Tests;

public sealed class DemoTests
{
    [Fact]
    public async Task The_demonstration_holds_and_can_be_repeated()
    {
        await using var platform = await FakePlatform.StartAsync();

        var first = await CommandRun.OfAsync(platform.Variables, "demo");
        var second = await CommandRun.OfAsync(platform.Variables, "demo", "--json");

        Assert.True(first.ExitCode == ExitCode.Success, first.Error);
        Assert.Contains("10 of 10 held", first.Output, StringComparison.Ordinal);
        Assert.True(second.ExitCode == ExitCode.Success, second.Error);
        Assert.True(JsonDocument.Parse(second.Output).RootElement.GetProperty("held").GetBoolean());
    }

    [Theory]
    [InlineData("psg_sleepedf_short.edf")]
    [InlineData("hypnogram_sleepedf_SC4001EC.edf")]
    [InlineData("eeg_140ch_edfplusC.edf")]
    [InlineData("eeg_25ch_one_record_fractional.edf")]
    [InlineData("eeg_duplicate_labels.edf")]
    [InlineData("uneven_sample_rates.edf")]
    [InlineData("eeg_utf8_annotations_inverted_range.edf")]
    [InlineData("generator_12ch_600s_edfplusC.edf")]
    [InlineData("derived_edfplusD_fractional_onsets.edf")]
    [InlineData("emg_biotrace_latin1_annotations.edf")]
    public async Task It_holds_for_every_shared_recording(string file)
    {
        string path = SharedData.Require($"edf/{file}");
        await using var platform = await FakePlatform.StartAsync();

        var run = await CommandRun.OfAsync(platform.Variables, "demo", path);

        Assert.True(run.ExitCode == ExitCode.Success, run.Error);
    }

    [Fact]
    public async Task One_sample_that_comes_back_different_fails_it_and_is_named()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.State.ReadError = 1;

        var run = await CommandRun.OfAsync(platform.Variables, "demo");

        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.Contains("channel Fp1, sample 0: the file has", run.Error, StringComparison.Ordinal);
    }
}
