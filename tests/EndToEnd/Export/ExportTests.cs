using System.Text;
using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;
using Dendrite.Signals.Edf;
using Dendrite.Signals.Tests;
using Dendrite.Signals.Tests.Edf;
using Dendrite.Signals.Tests.Formats;
using Dendrite.Signals.Tests.Formats.Edf.Export;

namespace Dendrite.EndToEnd.Export;

/// <summary>Files by the command line into the running platform and out again.</summary>
public sealed class ExportTests(Platform platform) : IClassFixture<Platform>, IDisposable
{
    private static readonly EdfAnnotation[] Notes = [new(1.5m, 0.25m, "K-complex", 1), new(8m, null, "Ende – 灯", 8)];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-export-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("plain", EdfVariant.Edf)]
    [InlineData("continuous", EdfVariant.EdfPlusContinuous)]
    [InlineData("paused", EdfVariant.EdfPlusDiscontinuous)]
    public async Task A_file_of_two_rates_comes_back_to_the_byte(string branch, EdfVariant variant)
    {
        // In the paused file the second note would begin in another record.
        int notes = variant switch
        {
            EdfVariant.Edf => 0,
            EdfVariant.EdfPlusDiscontinuous => 1,
            _ => 2,
        };
        byte[] file = await EdfFixture.WriteAsync(
            variant,
            onsets: variant == EdfVariant.EdfPlusDiscontinuous ? record => (record < 4 ? 0.25m : 96.5m) + record : null,
            annotations: record => [.. Notes.Take(notes).Where(note => note.Record == record)]
        );
        await ImportAsync(branch, "night.edf", file);

        string back = Place("back.edf");
        var run = await CommandRun.DoAsync(platform.Variables, "export", "night", "-b", branch, "-o", back, "--json");

        Assert.Equal(file, await File.ReadAllBytesAsync(back, TestContext.Current.CancellationToken));
        var report = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(2, report.GetProperty("streams").GetArrayLength());
        Assert.Equal(file.Length, report.GetProperty("fileBytes").GetInt64());
        Assert.Empty(report.GetProperty("warnings").EnumerateArray());
    }

    [Fact]
    public async Task A_file_of_24_bits_goes_through_a_pipe_to_the_byte()
    {
        byte[] file = await EdfFixture.WriteBdfAsync(
            EdfVariant.EdfPlusContinuous,
            record => [.. Notes.Where(note => note.Record == record)]
        );
        await ImportAsync("wide", "wide.bdf", file);

        var run = await CommandRun.DoAsync(
            platform.Variables,
            "export",
            "wide",
            "-b",
            "wide",
            "-o",
            "-",
            "--format",
            "bdf"
        );

        Assert.Equal(file, run.Bytes);
        Assert.Equal("", run.Output);
    }

    [Theory]
    [MemberData(nameof(SharedEdf.Paths), MemberType = typeof(SharedEdf))]
    public async Task A_real_recording_comes_back_with_everything_that_it_says(string path)
    {
        string source = SharedData.Require(path);
        string branch = $"real-{path.GetHashCode(StringComparison.Ordinal) & 0xFFFF:x}-{Path.GetExtension(path)[1..]}";
        await platform.CreateBranchAsync(branch);
        await CommandRun.DoAsync(platform.Variables, "import", source, "-b", branch, "--stream", "file");
        var original = await SharedFiles.OpenAsync(path);
        string back = Place($"back.{original.Recording.MetadataKey}");

        await CommandRun.DoAsync(platform.Variables, "export", "file", "-b", branch, "-o", back);

        byte[] written = await File.ReadAllBytesAsync(back, TestContext.Current.CancellationToken);
        await SameRecording.AssertAsync(original, await Exported.OpenAsync(written));
    }

    [Fact]
    public async Task A_part_of_some_channels_begins_when_its_first_sample_was_taken()
    {
        byte[] file = await EdfFixture.WriteAsync(
            EdfVariant.EdfPlusContinuous,
            annotations: record => [.. Notes.Where(note => note.Record == record)]
        );
        await ImportAsync("part", "night.edf", file);
        string back = Place("part.edf");

        string[] part = ["--from", "12", "--to", "28", "--channels", "Fp2"];
        await CommandRun.DoAsync(platform.Variables, ["export", "night-8hz", "-b", "part", "-o", back, .. part]);

        var reader = await Exported.OpenAsync(
            await File.ReadAllBytesAsync(back, TestContext.Current.CancellationToken)
        );
        var stream = Assert.Single(reader.Recording.Streams);
        Assert.Equal("Fp2", Assert.Single(stream.Channels).Label);
        Assert.Equal(16, stream.SampleCount);
        Assert.Equal(new DateTimeOffset(2024, 2, 29, 23, 59, 59, TimeSpan.Zero), reader.Recording.StartTime);
        Assert.Equal((0.5m, 0.5m), (stream.OnsetSeconds, Assert.Single(stream.Annotations).OnsetSeconds));
        var samples = await ReadSamples.OfAsync(reader);
        Assert.Equal(Enumerable.Range(12, 16).Select(i => (double)EdfFixture.Sample(1, i)), samples.Channels[0]);
    }

    /// <summary>Four records from 0 s on, six from an hour later on, of 8 samples each.</summary>
    [Fact]
    public async Task A_note_after_a_pause_stands_on_its_sample_and_comes_out_with_its_part()
    {
        EdfAnnotation note = new(3606.5m, null, "after the pause", 6);
        byte[] file = await EdfFixture.WriteAsync(
            EdfVariant.EdfPlusDiscontinuous,
            onsets: record => (record < 4 ? 0 : 3600) + record,
            annotations: record => [.. new[] { note }.Where(one => one.Record == record)]
        );
        await ImportAsync("pause", "night.edf", file);
        string back = Place("after.edf");

        var listed = await CommandRun.DoAsync(platform.Variables, "annotations", "night-8hz", "-b", "pause", "--json");
        string[] part = ["--from", "40", "--to", "72"];
        await CommandRun.DoAsync(platform.Variables, ["export", "night-8hz", "-b", "pause", "-o", back, .. part]);

        var stored = JsonDocument.Parse(listed.Output).RootElement.GetProperty("annotations")[0];
        Assert.Equal(("52", "3606.500s"), (Text(stored, "startSample"), Text(stored, "onset")));
        byte[] written = await File.ReadAllBytesAsync(back, TestContext.Current.CancellationToken);
        var exported = Assert.Single((await Exported.OpenAsync(written)).Recording.Streams);
        var found = Assert.Single(exported.Annotations);
        Assert.Equal(("after the pause", 12L), (found.Text, found.StartSample));
        Assert.Equal(1.5m, found.OnsetSeconds - exported.OnsetSeconds);
    }

    [Fact]
    public async Task A_masked_range_becomes_a_discontinuity_and_is_there_before_the_mask()
    {
        await ImportAsync("masked", "night.edf", await EdfFixture.WriteAsync(EdfVariant.EdfPlusContinuous));
        string before = Place("before.edf");
        await CommandRun.DoAsync(platform.Variables, "export", "night-8hz", "-b", "masked", "-o", before);
        string[] mask = ["--from", "16", "--to", "32", "--reason", "Electrode off"];
        await CommandRun.DoAsync(platform.Variables, ["mask", "put", "night-8hz", "-b", "masked", .. mask]);
        string after = Place("after.edf");

        var refused = await CommandRun.OfAsync(
            platform.Variables,
            "export",
            "night-8hz",
            "-b",
            "masked",
            "-o",
            after,
            "--format",
            "edf+c"
        );
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("EDF+C has no gaps, and the recording has 1", refused.Error, StringComparison.Ordinal);
        Assert.Empty(folder.GetFiles("*after*"));
        await CommandRun.DoAsync(platform.Variables, "export", "night-8hz", "-b", "masked", "-o", after);

        var segments = (
            await EdfFixture.ScanAsync(await File.ReadAllBytesAsync(after, TestContext.Current.CancellationToken))
        ).Segments;
        Assert.Equal([new EdfSegment(0, 2, 0), new EdfSegment(2, 6, 4)], segments);
        var whole = await EdfFixture.ScanAsync(
            await File.ReadAllBytesAsync(before, TestContext.Current.CancellationToken)
        );
        Assert.Equal([new EdfSegment(0, 10, 0)], whole.Segments);
    }

    [Fact]
    public async Task Csv_has_instants_and_physical_or_stored_values()
    {
        await ImportAsync("csv", "night.edf", await EdfFixture.WriteAsync());

        string[] part = ["--from", "9", "--to", "11", "--channels", "Fp2,Fp1", "--format", "csv"];
        var physical = await CommandRun.DoAsync(
            platform.Variables,
            ["export", "night-8hz", "-b", "csv", "-o", "-", .. part]
        );
        var stored = await CommandRun.DoAsync(
            platform.Variables,
            ["export", "night-8hz", "-b", "csv", "-o", "-", "--digital", .. part]
        );

        var line = new EdfCalibration(-100, 100, -2048, 2047);
        string Row(int sample, Func<int, double> value) =>
            $"{sample},2024-02-29T23:59:59.{(sample - 8) * 125:D3}000000Z,{value(EdfFixture.Sample(1, sample))},"
            + $"{value(EdfFixture.Sample(0, sample))}\r\n";
        Assert.Equal(
            $"sample,time,Fp2 [uV],Fp1 [uV]\r\n{Row(9, line.ToPhysical)}{Row(10, line.ToPhysical)}",
            Encoding.UTF8.GetString(physical.Bytes)
        );
        Assert.Equal(
            $"sample,time,Fp2,Fp1\r\n{Row(9, value => value)}{Row(10, value => value)}",
            Encoding.UTF8.GetString(stored.Bytes)
        );
    }

    [Theory]
    [InlineData("interleaved")]
    [InlineData("planar")]
    public async Task Raw_samples_are_where_the_sidecar_says(string layout)
    {
        await ImportAsync($"raw-{layout}", "night.edf", await EdfFixture.WriteAsync());
        string back = Place("night.raw");

        await CommandRun.DoAsync(
            platform.Variables,
            "export",
            "night-8hz",
            "-b",
            $"raw-{layout}",
            "-o",
            back,
            "--layout",
            layout
        );

        byte[] bytes = await File.ReadAllBytesAsync(back, TestContext.Current.CancellationToken);
        var sidecar = JsonDocument
            .Parse(await File.ReadAllTextAsync($"{back}.json", TestContext.Current.CancellationToken))
            .RootElement;
        Assert.Equal(layout, sidecar.GetProperty("layout").GetString());
        int step = layout == "planar" ? 2 : sidecar.GetProperty("frameBytes").GetInt32();
        foreach (var (signal, channel) in sidecar.GetProperty("channels").EnumerateArray().Index())
        {
            int offset = channel.GetProperty("byteOffset").GetInt32();
            for (int i = 0; i < sidecar.GetProperty("sampleCount").GetInt32(); i++)
            {
                Assert.Equal(EdfFixture.Sample(signal, i), BitConverter.ToInt16(bytes, offset + (i * step)));
            }
        }
    }

    [Fact]
    public async Task Nothing_is_replaced_unless_asked_and_what_fails_leaves_nothing()
    {
        await ImportAsync("kept", "night.edf", await EdfFixture.WriteAsync());
        string back = Place("kept.edf");
        await File.WriteAllTextAsync(back, "precious", TestContext.Current.CancellationToken);

        var refused = await CommandRun.OfAsync(platform.Variables, "export", "night", "-b", "kept", "-o", back);
        var unknown = await CommandRun.OfAsync(
            platform.Variables,
            "export",
            "nobody",
            "-b",
            "kept",
            "-o",
            Place("other.edf")
        );

        Assert.Equal((ExitCode.Conflict, ExitCode.NotFound), (refused.ExitCode, unknown.ExitCode));
        Assert.Equal("precious", await File.ReadAllTextAsync(back, TestContext.Current.CancellationToken));
        await CommandRun.DoAsync(platform.Variables, "export", "night", "-b", "kept", "-o", back, "--force");
        Assert.Equal(["kept.edf", "night.edf"], folder.GetFiles().Select(file => file.Name).Order());
    }

    private static string? Text(JsonElement of, string property) => of.GetProperty(property).GetString();

    private string Place(string name) => Path.Combine(folder.FullName, name);

    private async Task ImportAsync(string branch, string name, byte[] file)
    {
        await platform.CreateBranchAsync(branch);
        await File.WriteAllBytesAsync(Place(name), file, TestContext.Current.CancellationToken);
        await CommandRun.DoAsync(platform.Variables, "import", Place(name), "-b", branch);
    }
}
