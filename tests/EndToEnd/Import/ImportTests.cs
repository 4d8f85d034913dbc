using System.Text.Json;
using Dendrite.Cli.Demo;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Import;
using Dendrite.Cli.Tests;
using Dendrite.Signals.Tests;
using CliPlatform = Dendrite.Cli.Connection.Platform;

namespace Dendrite.EndToEnd.Import;

/// <summary>Folders of recordings, by the command line into the running platform and back.</summary>
public sealed class ImportTests(Platform platform) : IClassFixture<Platform>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_recording_of_each_format_is_imported_and_reads_back_equal()
    {
        using var recordings = await Recordings.MakeAsync();
        await platform.CreateBranchAsync("formats");

        var (code, report) = await ImportAsync("formats", recordings.Root);

        Assert.Equal(ExitCode.Success, code);
        Assert.Equal(Recordings.Count, Files(report).Count);
        Assert.All(Files(report), file => Assert.Equal("imported", file.GetProperty("status").GetString()));
        await AssertReadsBackAsync("formats", report);

        // The same again, and a copy of one under another name: nothing is sent.
        string night = Path.Combine(recordings.Root, "edf", "night.edf");
        File.Copy(night, Path.Combine(recordings.Root, "copy.edf"));
        var (again, second) = await ImportAsync("formats", recordings.Root);
        Assert.Equal(ExitCode.Success, again);
        Assert.Equal(Recordings.Count, second.GetProperty("counts").GetProperty("already-complete").GetInt32());
        Assert.Equal(1, second.GetProperty("counts").GetProperty("duplicate").GetInt32());
    }

    [Fact]
    public async Task One_file_that_is_refused_does_not_stop_the_others_and_the_exit_code_says_so()
    {
        using var recordings = await Recordings.MakeAsync();
        recordings.Write("edf", ("broken.edf", "0       damaged"u8.ToArray()));
        await platform.CreateBranchAsync("partly");

        var (code, report) = await ImportAsync("partly", recordings.Root);

        Assert.Equal(ExitCode.BadData, code);
        var counts = report.GetProperty("counts");
        Assert.Equal(
            (Recordings.Count, 1),
            (counts.GetProperty("imported").GetInt32(), counts.GetProperty("failed").GetInt32())
        );
        var failed = Files(report).Single(file => file.GetProperty("status").GetString() == "failed");
        Assert.EndsWith("broken.edf", failed.GetProperty("file").GetString(), StringComparison.Ordinal);
        Assert.Equal("FILE_REFUSED", failed.GetProperty("error").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task The_real_recordings_are_imported_and_read_back_equal()
    {
        string root = Path.GetDirectoryName(Path.GetDirectoryName(SharedData.Require("edf/expected.json")))!;
        string[] folders =
        [
            .. new[] { "edf", "bdf", "brainvision", "xdf", "openbci", "ephys" }.Select(f => Path.Combine(root, f)),
        ];
        await platform.CreateBranchAsync("real");

        var (code, report) = await ImportAsync("real", folders);

        // Everything but the two headers of probes that lie there without their data.
        Assert.Equal(ExitCode.BadData, code);
        var failed = Files(report).Where(file => file.GetProperty("status").GetString() == "failed").ToList();
        Assert.All(failed, f => Assert.EndsWith(".meta", f.GetProperty("file").GetString(), StringComparison.Ordinal));
        Assert.Equal((28, 2), (Files(report).Count, failed.Count));
        await AssertReadsBackAsync("real", report);
    }

    private static List<JsonElement> Files(JsonElement report) => [.. report.GetProperty("files").EnumerateArray()];

    /// <summary>
    /// Every sample of every stream, compared with the file; and how many annotations and gaps there are.
    /// </summary>
    private async Task AssertReadsBackAsync(string branch, JsonElement report)
    {
        await using var client = CliPlatform.Connect(
            new("lab", Platform.Key, platform.Branch.Address, platform.IngestAddress, platform.Branch.Address, null)
        );
        foreach (var file in Files(report).Where(file => file.GetProperty("report").ValueKind == JsonValueKind.Object))
        {
            var source = await RecordingSource.OpenAsync(file.GetProperty("file").GetString()!, Cancellation);
            var names = file.GetProperty("report").GetProperty("streams").EnumerateArray().ToList();
            var plans = ImportPlan.Of(source, "unused", start: null);
            Assert.Equal(plans.Count, names.Count);
            foreach (var (plan, stream) in plans.Zip(names))
            {
                string name = stream.GetProperty("stream").GetString()!;
                var compared = await SampleComparison.CompareAsync(client, name, source, plan, Cancellation);
                Assert.Null(compared.Difference);
                await AssertEventsAsync(client, name, plan);
            }
        }
    }

    private static async Task AssertEventsAsync(CliPlatform client, string name, StreamPlan plan)
    {
        var annotations = await client.Query.ListAnnotationsAsync(
            new() { Parent = name, PageSize = 1000 },
            cancellationToken: Cancellation
        );
        var stream = (await client.Query.GetStreamAsync(new() { Name = name }, cancellationToken: Cancellation)).Stream;

        Assert.Equal(plan.Annotations.Count, annotations.Annotations.Count);
        Assert.Equal(plan.SampleCount, stream.EndSample);
        Assert.Equal(plan.Recorded.MissingSampleCount, stream.MissingSampleCount);
        Assert.Equal(V1.StreamState.Finished, stream.State);
    }

    private async Task<(ExitCode Code, JsonElement Report)> ImportAsync(string branch, params string[] paths)
    {
        var run = await CommandRun.OfAsync(platform.Variables, ["import", .. paths, "--branch", branch, "--json"]);
        Assert.True(run.Output.Length > 0, run.Error);
        return (run.ExitCode, JsonDocument.Parse(run.Output).RootElement);
    }
}
