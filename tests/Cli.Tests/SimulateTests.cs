using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests;

public sealed class SimulateTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-simulate-tests-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task What_a_device_gives_is_read_back_bit_for_bit()
    {
        await using var platform = await FakePlatform.StartAsync();
        var report = await RunAsync(platform, "--channels", "5", "--verify");
        Assert.True(report.GetProperty("verified").GetBoolean());
        Assert.Equal(5 * 100 * 20, report.GetProperty("acknowledgedCount").GetInt64());
        Assert.Equal(0, report.GetProperty("lostCount").GetInt64());
    }

    [Fact]
    public async Task Gateways_side_by_side_have_a_stream_each()
    {
        await using var platform = await FakePlatform.StartAsync();
        var report = await RunAsync(platform, "--gateways", "3", "--verify");
        var streams = report
            .GetProperty("gateways")
            .EnumerateArray()
            .Select(one => one.GetProperty("stream").GetString());
        Assert.Equal(["sim-1", "sim-2", "sim-3"], streams.Select(name => name!.Split('/')[^1]));
        Assert.True(report.GetProperty("verified").GetBoolean());
    }

    [Fact]
    public async Task A_recording_is_played_as_it_is()
    {
        await using var platform = await FakePlatform.StartAsync();
        var file = Path.Combine(folder.FullName, "short.edf");
        await using (var stream = File.Create(file))
        {
            await Signals.Synthetic.SyntheticRecording.WriteEdfAsync(
                stream,
                new() { ChannelCount = 3, SampleRateHz = 64 },
                seconds: 5,
                TestContext.Current.CancellationToken
            );
        }

        var report = await RunAsync(platform, "--file", file, "--verify");
        Assert.True(report.GetProperty("verified").GetBoolean());
        Assert.Equal(3 * 64 * 5, report.GetProperty("sampleCount").GetInt64());
    }

    [Fact]
    public async Task A_recording_of_annotations_only_has_nothing_to_play_and_is_refused()
    {
        await using var platform = await FakePlatform.StartAsync();
        var file = Path.Combine(folder.FullName, "Hypnogram.edf");
        await File.WriteAllTextAsync(file, Hypnogram(), TestContext.Current.CancellationToken);

        var run = await CommandRun.OfAsync(platform.Variables, "simulate", "-b", "main", "--file", file);

        Assert.Equal(ExitCode.BadData, run.ExitCode);
        Assert.Contains("Hypnogram.edf has no samples that could be played", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_link_costs_time_and_no_sample()
    {
        await using var platform = await FakePlatform.StartAsync();
        var report = await RunAsync(
            platform,
            ["--seconds", "200", "--verify", "--corrupt-every-mib", "0.05", "--latency-ms", "1"]
        );
        Assert.True(report.GetProperty("corruptions").GetInt32() > 0);
        Assert.True(report.GetProperty("reconnects").GetInt32() > 0);
        Assert.True(report.GetProperty("verified").GetBoolean());
        Assert.Equal(0, report.GetProperty("gapCount").GetInt32());
    }

    [Fact]
    public async Task A_run_that_is_repeated_on_its_spool_finds_all_done_and_journals_nothing_twice()
    {
        await using var platform = await FakePlatform.StartAsync();
        var journal = Path.Combine(folder.FullName, "journal");
        string[] options = ["--spool", Path.Combine(folder.FullName, "spool"), "--journal", journal, "--verify"];
        await RunAsync(platform, options);
        var lines = await File.ReadAllLinesAsync(journal, TestContext.Current.CancellationToken);
        Assert.Contains(lines, line => line.Contains("/streams/sim 2000 ", StringComparison.Ordinal));
        var again = await RunAsync(platform, options);
        Assert.True(again.GetProperty("verified").GetBoolean());
        Assert.Equal(4 * 100 * 20, again.GetProperty("acknowledgedCount").GetInt64());
    }

    [Fact]
    public async Task What_differs_is_found_and_said()
    {
        await using var platform = await FakePlatform.StartAsync();
        string[] spool = ["--spool", Path.Combine(folder.FullName, "spool")];
        await RunAsync(platform, spool);
        // The same stream against a device of another seed: as if the platform had stored other samples.
        var run = await CommandRun.OfAsync(
            platform.Variables,
            Arguments([.. spool, "--seed", "2", "--verify", "--json"])
        );
        Assert.Equal(ExitCode.Failure, run.ExitCode);
        var report = JsonDocument.Parse(run.Output).RootElement;
        Assert.Contains(
            "not what the device gave",
            report.GetProperty("gateways")[0].GetProperty("difference").GetString()
        );
    }

    [Theory]
    [InlineData("--gateways", "0")]
    [InlineData("--gateways", "100000")]
    [InlineData("--channels", "1000000")]
    [InlineData("--rate", "-1")]
    [InlineData("--seconds", "0")]
    [InlineData("--speed", "-2")]
    public async Task A_number_that_makes_no_sense_is_refused_with_its_name(string option, string value)
    {
        await using var platform = await FakePlatform.StartAsync();
        var run = await CommandRun.OfAsync(platform.Variables, Arguments(option, value));
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains($"{option} {value}", run.Error);
    }

    [Theory]
    [InlineData("a b/c")]
    [InlineData("Night")]
    [InlineData("")]
    public async Task A_stream_that_can_have_no_such_id_is_refused_before_anything_is_sent(string id)
    {
        await using var platform = await FakePlatform.StartAsync();
        var run = await CommandRun.OfAsync(platform.Variables, Arguments("--stream", id));

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains($"--stream '{id}' is no id of a stream", run.Error);
    }

    [Fact]
    public async Task A_branch_that_is_not_there_or_takes_merges_only_is_said_at_once()
    {
        await using var platform = await FakePlatform.StartAsync();
        var nowhere = await CommandRun.OfAsync(platform.Variables, "simulate", "-b", "nowhere");
        Assert.Equal(ExitCode.NotFound, nowhere.ExitCode);

        platform.State.FindBranch("projects/lab/branches/main").Protected = true;
        var closed = await CommandRun.OfAsync(platform.Variables, "simulate", "-b", "main");
        Assert.Equal(ExitCode.Conflict, closed.ExitCode);
        Assert.Contains("takes merges only", closed.Error);

        platform.State.FindBranch("projects/lab/branches/main").State = V1.BranchState.Archived;
        var archived = await CommandRun.OfAsync(platform.Variables, "simulate", "-b", "main");
        Assert.Equal(ExitCode.Conflict, archived.ExitCode);
        Assert.Contains("unarchive it", archived.Error);
    }

    /// <summary>EDF+ with one record of 32 bytes that says when somebody slept, and no signal.</summary>
    private static string Hypnogram()
    {
        (string Text, int Length)[] fields =
        [
            ("0", 8),
            ("X X X X", 80),
            ("Startdate 14-MAR-2026 X X X", 80),
            ("14.03.26", 8),
            ("22.00.00", 8),
            ("512", 8),
            ("EDF+C", 44),
            ("1", 8),
            ("0", 8),
            ("1", 4),
            ("EDF Annotations", 16),
            ("", 80),
            ("", 8),
            ("-1", 8),
            ("1", 8),
            ("-32768", 8),
            ("32767", 8),
            ("", 80),
            ("16", 8),
            ("", 32),
        ];
        var header = string.Concat(fields.Select(field => field.Text.PadRight(field.Length)));
        return header + "+0\x14\x14\0+0\x15\x33\x30\x14Sleep W\x14".PadRight(32, '\0');
    }

    /// <summary>A short run as fast as it goes, but for what is said otherwise.</summary>
    private static string[] Arguments(params string[] options)
    {
        string[][] usual =
        [
            ["--speed", "0"],
            ["--rate", "100"],
            ["--channels", "4"],
            ["--seconds", "20"],
        ];
        return
        [
            "simulate",
            "-b",
            "main",
            .. usual.Where(pair => !options.Contains(pair[0])).SelectMany(pair => pair),
            .. options,
        ];
    }

    private static async Task<JsonElement> RunAsync(FakePlatform platform, params string[] options)
    {
        var run = await CommandRun.OfAsync(platform.Variables, Arguments([.. options, "--json"]));
        Assert.True(run.ExitCode == ExitCode.Success, run.Error + run.Output);
        return JsonDocument.Parse(run.Output).RootElement;
    }
}
