using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;
using Dendrite.Errors;
using Dendrite.Signals.Synthetic;
using Dendrite.V1;

namespace Dendrite.Cli.Tests;

public sealed class ImportTests : IDisposable
{
    private static readonly SyntheticEegOptions Options = new() { ChannelCount = 3, SampleRateHz = 128 };

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-cli-tests-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task An_imported_file_reads_back_sample_for_sample_in_every_form()
    {
        await using var platform = await FakePlatform.StartAsync();
        string file = await MakeAsync("Night 1 (pilot).edf", Options);

        var imported = await CommandRun.OfAsync(platform.Variables, "import", file, "-b", "main", "--json");
        var csv = await CommandRun.OfAsync(platform.Variables, "read", "night-1-pilot", "--from", "100", "--to", "300");
        var raw = await CommandRun.OfAsync(platform.Variables, "read", "night-1-pilot", "--format", "raw");
        var physical = await CommandRun.OfAsync(
            platform.Variables,
            "read",
            "night-1-pilot",
            "--physical",
            "--channels",
            "Fp2",
            "--json"
        );

        var stream = JsonDocument.Parse(imported.Output).RootElement.GetProperty("streams")[0];
        Assert.Equal("imported", stream.GetProperty("status").GetString());
        Assert.Equal(1280, stream.GetProperty("sampleCount").GetInt64());
        short[] planar = new short[3 * 1280];
        new SyntheticEeg(Options).Read(planar);
        string[] lines = Text(csv).TrimEnd().Split('\n');
        Assert.Equal("sample,Fp1,Fp2,F7", lines[0]);
        Assert.Equal(201, lines.Length);
        Assert.Equal($"100,{planar[100]},{planar[1280 + 100]},{planar[2560 + 100]}", lines[1]);
        Assert.Equal(planar.Length * 2, raw.Bytes.Length);
        Assert.Equal(planar[1280 + 5], BitConverter.ToInt16(raw.Bytes, ((5 * 3) + 1) * 2));
        string[] values = Text(physical).TrimEnd().Split('\n');
        Assert.Equal("""{"version":7,"channels":["Fp2"],"units":["uV"]}""", values[0]);
        Assert.Equal(planar[1280] * 0.1, JsonDocument.Parse(values[1]).RootElement[1].GetDouble(), 9);
    }

    [Fact]
    public async Task The_same_file_again_is_already_complete_and_another_one_is_refused()
    {
        await using var platform = await FakePlatform.StartAsync();
        string file = await MakeAsync("a.edf", Options);
        string other = await MakeAsync("b.edf", Options with { Seed = 2 });
        await CommandRun.OfAsync(platform.Variables, "import", file, "-b", "main", "--stream", "night");

        var again = await CommandRun.OfAsync(platform.Variables, "import", file, "-b", "main", "--stream", "night");
        var different = await CommandRun.OfAsync(
            platform.Variables,
            "import",
            other,
            "-b",
            "main",
            "--stream",
            "night",
            "--json"
        );

        Assert.Equal(ExitCode.Success, again.ExitCode);
        Assert.Contains("already-complete", again.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Conflict, different.ExitCode);
        Assert.Contains("STREAM_OF_ANOTHER_FILE", different.Error, StringComparison.Ordinal);
        Assert.Equal(1280, platform.State.Streams.Values.Single().End);
    }

    [Fact]
    public async Task An_import_that_failed_half_way_goes_on_where_it_stopped()
    {
        await using var platform = await FakePlatform.StartAsync();
        var options = new SyntheticEegOptions { ChannelCount = 16, SampleRateHz = 4096 };
        string file = await MakeAsync("long.edf", options, seconds: 12);
        platform.State.BlocksBeforeRefusal = 1;

        var failed = await CommandRun.OfAsync(platform.Variables, "import", file, "-b", "main");
        int kept = platform.State.Streams.Values.Single().End;
        platform.State.BlocksBeforeRefusal = null;
        var resumed = await CommandRun.OfAsync(platform.Variables, "import", file, "-b", "main", "--json");

        Assert.Equal(ExitCode.Conflict, failed.ExitCode);
        Assert.InRange(kept, 1, (12 * 4096) - 1);
        var stream = JsonDocument.Parse(resumed.Output).RootElement.GetProperty("streams")[0];
        Assert.Equal("resumed", stream.GetProperty("status").GetString());
        Assert.Equal(kept, stream.GetProperty("resumedFrom").GetInt64());
        short[] planar = new short[16 * 12 * 4096];
        new SyntheticEeg(options).Read(planar);
        Assert.Equal(planar, platform.State.Streams.Values.Single().Samples.SelectMany(channel => channel));
    }

    [Theory]
    [InlineData(ErrorReason.WriterFenced)]
    [InlineData(ErrorReason.StreamFinished)]
    public async Task Where_another_import_writes_the_same_recording_it_is_said_to_wait_for_it(ErrorReason refusal)
    {
        await using var platform = await FakePlatform.StartAsync();
        string file = await MakeAsync("night.edf", Options);
        (platform.State.BlocksBeforeRefusal, platform.State.Refusal) = (0, refusal);

        var run = await CommandRun.OfAsync(platform.Variables, "import", file, "-b", "main");

        Assert.Equal(ExitCode.Conflict, run.ExitCode);
        Assert.Contains("streams/night is written by another import", run.Error, StringComparison.Ordinal);
        Assert.Contains("run this again", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_file_is_named_by_field_and_offset_and_leaves_nothing_behind()
    {
        await using var platform = await FakePlatform.StartAsync();
        string file = await MakeAsync("comma.edf", Options);
        await using (var stream = File.OpenWrite(file))
        {
            stream.Position = 244;
            await stream.WriteAsync("1,0     "u8.ToArray(), TestContext.Current.CancellationToken);
        }

        var run = await CommandRun.OfAsync(platform.Variables, "import", file, "-b", "main", "--json");

        Assert.Equal(ExitCode.BadData, run.ExitCode);
        var details = JsonDocument.Parse(run.Error).RootElement.GetProperty("error").GetProperty("details");
        Assert.Equal("record duration", details.GetProperty("field").GetString());
        Assert.Equal("244", details.GetProperty("offset").GetString());
        Assert.Empty(platform.State.Streams);
    }

    [Fact]
    public async Task A_dry_run_shows_the_stream_that_the_import_would_write()
    {
        await using var platform = await FakePlatform.StartAsync();
        string file = await MakeAsync("Night 1.edf", Options);
        string[] import = ["import", file, "-b", "main", "--stream", "n1", "--start", "2001-02-03T04:05:06Z", "--json"];

        var dry = await CommandRun.DoAsync(platform.Variables, [.. import, "--dry-run"]);

        Assert.Empty(platform.State.Streams);
        var report = JsonDocument.Parse(dry.Output).RootElement.GetProperty("files")[0].GetProperty("report");
        Assert.Equal("n1", report.GetProperty("streams")[0].GetProperty("stream").GetString());
    }

    [Fact]
    public async Task A_branch_that_does_not_exist_is_said_before_anything_is_sent()
    {
        await using var platform = await FakePlatform.StartAsync();
        string file = await MakeAsync("a.edf", Options);

        var run = await CommandRun.OfAsync(platform.Variables, "import", file, "--branch", "nowhere");

        Assert.Equal(ExitCode.NotFound, run.ExitCode);
        Assert.Contains("nowhere", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Annotations_come_with_the_recording_and_again_when_it_is_repeated_only_once()
    {
        await using var platform = await FakePlatform.StartAsync();
        string file = await MakeAsync("a.edf", Options, seconds: 21);
        await CommandRun.OfAsync(platform.Variables, "import", file, "-b", "main");
        platform.State.Streams.Values.Single().Descriptor.State = StreamState.Open;
        await CommandRun.OfAsync(platform.Variables, "import", file, "-b", "main");

        var run = await CommandRun.OfAsync(platform.Variables, "annotations", "a", "--json");

        var annotations = JsonDocument.Parse(run.Output).RootElement.GetProperty("annotations");
        Assert.Equal(3, annotations.GetArrayLength());
        var texts = annotations.EnumerateArray().Select(one => one.GetProperty("text").GetString()!);
        Assert.Equal(["eyes closed", "eyes open", "eyes open"], texts.Order(StringComparer.Ordinal).ToArray());
        Assert.Contains(annotations.EnumerateArray(), one => one.GetProperty("onset").GetString() == "10s");
    }

    private static string Text(CommandRun run) => System.Text.Encoding.UTF8.GetString(run.Bytes);

    private async Task<string> MakeAsync(string name, SyntheticEegOptions options, int seconds = 10)
    {
        string path = Path.Combine(folder.FullName, name);
        await using var stream = File.Create(path);
        await SyntheticRecording.WriteEdfAsync(stream, options, seconds, TestContext.Current.CancellationToken);
        return path;
    }
}
