using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;
using Dendrite.IngestService.Tests.Changes;
using Google.Protobuf;

namespace Dendrite.IngestService.Tests.Commands;

/// <summary>Streams and annotations by the command line, against the real service.</summary>
public sealed class StreamCommandTests(IngestFixture fixture) : IClassFixture<IngestFixture>, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-streams-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_stream_is_made_changed_shown_and_removed()
    {
        var lab = new StreamLab(fixture, await fixture.ForkAsync());
        var file = Path.Combine(folder.FullName, "eeg.json");
        await File.WriteAllTextAsync(file, JsonFormatter.Default.Format(Recording.Descriptor()));

        await SayAsync(lab, "streams", "create", "eeg", "--file", file);
        await SayAsync(lab, "streams", "update", "eeg", "--title", "Night 2", "--label", "site=berlin");
        var said = await SayAsync(lab, "streams", "update", "eeg", "--expected", "1000", "--metadata", """{"a":1}""");

        Assert.Contains("Night 2", said);
        Assert.Contains("site=berlin", said);
        var stream = await lab.GetAsync();
        Assert.Equal((1_000, 1), (stream.ExpectedSampleCount, stream.Metadata.Fields["a"].NumberValue));
        await SayAsync(lab, "streams", "update", "eeg", "--expected", "open");
        Assert.False((await lab.GetAsync()).HasExpectedSampleCount);

        Assert.Contains("gone", await SayAsync(lab, "streams", "delete", "eeg"));
        Assert.Equal(ExitCode.NotFound, (await RunAsync(lab, "streams", "delete", "eeg")).ExitCode);
        Assert.Contains("no such", await SayAsync(lab, "streams", "delete", "eeg", "--missing-ok"));
    }

    [Fact]
    public async Task Something_is_noted_changed_and_taken_back()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        await SayAsync(lab, "annotation", "put", "eeg", "eyes closed", "--onset", "0.5", "--channels", "c0,c1");
        var noted = Assert.Single(await lab.ListAsync());
        Assert.Equal(("eyes closed", 128), (noted.Text, noted.StartSample));
        Assert.Equal(["c0", "c1"], noted.Channels);

        await SayAsync(lab, "annotation", "put", "eeg", "blink", "--sample", "7", "--id", noted.AnnotationId);
        Assert.Contains("blink", await SayAsync(lab, "annotations", "eeg"));
        Assert.Contains("1 deleted", await SayAsync(lab, "annotation", "delete", "eeg", noted.AnnotationId));
        Assert.Empty(await lab.ListAsync());
        Assert.Equal(ExitCode.Usage, (await RunAsync(lab, "annotation", "put", "eeg", "where?")).ExitCode);
    }

    [Fact]
    public async Task Gaps_are_listed_with_their_causes()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var (gateway, _) = await Gateway.OpenAsync(fixture, lab.Name);
        using var __ = gateway;
        var gap = new V1.Gap
        {
            Range = new() { StartSample = StreamLab.Samples, EndSample = StreamLab.Samples + 50 },
            Cause = V1.GapCause.SpoolOverflow,
            Note = "disk full",
        };
        await gateway.SendAsync(new V1.AppendRequest { Gap = gap });
        await gateway.CloseAsync();

        var said = await SayAsync(lab, "gaps", "eeg");
        Assert.Contains("300", said);
        Assert.Contains("350", said);
        Assert.Contains("spool overflowed", said);
        Assert.Contains("disk full", said);
    }

    [Fact]
    public async Task Samples_are_hidden_and_what_is_hidden_is_listed()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        await SayAsync(
            lab,
            "mask",
            "put",
            "eeg",
            "--from",
            "10",
            "--to",
            "20",
            "--reason",
            "cough",
            "--channels",
            "c1"
        );
        var said = await SayAsync(lab, "mask", "list", "eeg");
        Assert.Contains("cough", said);
        Assert.Contains("c1", said);

        // What is hidden is no number, and is said.
        string[] read = ["read", "eeg", "--from", "9", "--to", "11", "--channels", "c0,c1"];
        var csv = await RunAsync(lab, read);
        var rows = csv.Text.TrimEnd('\n').Split('\n');
        Assert.Matches("^9,-?[0-9]+,-?[0-9]+$", rows[1]);
        Assert.Matches("^10,-?[0-9]+,$", rows[2]);
        Assert.Contains("samples 10 to 11 of c1 are missing: masked", csv.Error);
        var json = await SayAsync(lab, [.. read, "--physical", "--json"]);
        Assert.EndsWith(",null]", json.TrimEnd('\n'));

        var beyond = await RunAsync(lab, "mask", "put", "eeg", "--from", "0", "--to", "999", "--reason", "x");
        Assert.NotEqual(ExitCode.Success, beyond.ExitCode);
    }

    private async Task<string> SayAsync(StreamLab lab, params string[] command)
    {
        var run = await RunAsync(lab, command);
        Assert.True(run.ExitCode == ExitCode.Success, run.Error);
        return run.Text;
    }

    private Task<CommandRun> RunAsync(StreamLab lab, params string[] command) =>
        CommandRun.OfAsync(fixture.Variables, [.. command, "--branch", lab.Branch]);
}
