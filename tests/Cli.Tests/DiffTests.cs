using System.Text;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;
using Dendrite.V1;

namespace Dendrite.Cli.Tests;

/// <summary>
/// <c>diff</c> of two branches between which the dataset <c>labs</c> differs and <c>doses</c> does not.
/// </summary>
public sealed class DiffTests
{
    [Theory]
    [InlineData("--dataset labs", ExitCode.Failure)]
    [InlineData("--dataset doses", ExitCode.Success)]
    [InlineData("--dataset doses --dataset labs", ExitCode.Failure)]
    [InlineData("", ExitCode.Failure)]
    public async Task The_exit_code_is_about_the_datasets_that_were_asked_for(string datasets, object expected)
    {
        await using var platform = await StartAsync();
        foreach (var format in new[] { "", " --format jsonl", " --json" })
        {
            var run = await RunAsync(platform, $"diff main trial --exit-code {datasets}{format}");
            Assert.True(run.ExitCode.Equals(expected), $"{format}: {run.ExitCode} {run.Error}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" --json")]
    [InlineData(" --format jsonl")]
    [InlineData(" --exit-code --format jsonl")]
    [InlineData(" --dataset labs")]
    public async Task A_dataset_that_neither_side_has_is_not_found(string options)
    {
        await using var platform = await StartAsync();

        var run = await RunAsync(platform, $"diff main trial --dataset lbas{options}");

        Assert.Equal(ExitCode.NotFound, run.ExitCode);
        Assert.Contains("lbas", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Text);
    }

    [Fact]
    public async Task The_document_and_the_exit_code_are_of_the_same_two_versions()
    {
        await using var platform = await StartAsync();

        var run = await RunAsync(platform, "diff main trial --exit-code --format jsonl");

        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.Equal("7 7\n", Encoding.UTF8.GetString(run.Bytes));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" --json")]
    [InlineData(" --stat")]
    public async Task The_pages_of_a_diff_are_of_the_versions_of_the_first_one(string options)
    {
        await using var platform = await StartAsync();

        var run = await RunAsync(platform, $"diff main trial{options}");

        Assert.True(run.ExitCode == ExitCode.Success, run.Error);
        Assert.Contains("labs", run.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("uV", "uV")]
    [InlineData("mV", "mV -> uV")]
    public async Task Samples_that_differ_are_told_with_their_unit_and_the_group_of_channels_that_they_are_of(
        string old,
        string unit
    )
    {
        await using var platform = await StartAsync();
        platform.State.Streams["projects/lab/branches/main/streams/eeg"] = new(Recording(old, 1));
        platform.State.Streams["projects/lab/branches/trial/streams/eeg"] = new(Recording("uV", 1));

        var run = await RunAsync(platform, "diff main trial --stream eeg");

        Assert.Matches("CHANNEL +DIFFERING +OF +FIRST +LARGEST +RMS +UNIT", run.Text);
        Assert.Matches($"C3 +1 +1 +- +2 +2 +{unit}\n", run.Text);
        Assert.Contains("samples 0..1 of channel group 0 (C3)\n", run.Text, StringComparison.Ordinal);
        Assert.Contains("samples 0..1 of channel group 1 (Temp)\n", run.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_only_group_of_channels_of_a_stream_is_not_named()
    {
        await using var platform = await StartAsync();
        platform.State.Streams["projects/lab/branches/main/streams/eeg"] = new(Recording("uV", 0));
        platform.State.Streams["projects/lab/branches/trial/streams/eeg"] = new(Recording("uV", 0));

        var run = await RunAsync(platform, "diff main trial --stream eeg");

        Assert.Contains("~ stream eeg\n  ~ samples 0..1\n", run.Text, StringComparison.Ordinal);
    }

    private static SignalStream Recording(string unit, int secondGroup) =>
        new()
        {
            Channels =
            {
                new SignalChannel { Label = "C3", Unit = unit },
                new SignalChannel { Label = "Temp", ChannelGroup = secondGroup },
            },
        };

    private static Task<CommandRun> RunAsync(FakePlatform platform, string command) =>
        CommandRun.OfAsync(platform.Variables, command.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static async Task<FakePlatform> StartAsync()
    {
        var platform = await FakePlatform.StartAsync();
        platform.State.Branches["projects/lab/branches/trial"] = new() { Name = "projects/lab/branches/trial" };
        platform.State.DifferentDataset = "labs";
        return platform;
    }
}
