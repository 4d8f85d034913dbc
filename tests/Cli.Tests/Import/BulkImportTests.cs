using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Import;
using Dendrite.Cli.Tests.Fakes;
using Dendrite.Signals.Synthetic;

namespace Dendrite.Cli.Tests.Import;

/// <summary>Several files of one content in one import.</summary>
public sealed class BulkImportTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-cli-tests-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Where_the_first_copy_fails_the_next_is_sent_and_only_then_another_is_a_duplicate()
    {
        await using var platform = await FakePlatform.StartAsync();
        var other = await MakeAsync("other", "x.edf", seed: 2);
        await CommandRun.DoAsync(platform.Variables, "import", other, "-b", "main", "--stream", "a");
        var first = await MakeAsync("night", "a.edf", seed: 1);
        File.Copy(first, Path.Combine(folder.FullName, "night", "b.edf"));
        File.Copy(first, Path.Combine(folder.FullName, "night", "c.edf"));

        var run = await CommandRun.OfAsync(
            platform.Variables,
            ["import", Path.Combine(folder.FullName, "night"), "-b", "main", "--json"]
        );

        var files = JsonDocument.Parse(run.Output).RootElement.GetProperty("files").EnumerateArray();
        Assert.Equal(["failed", "imported", "duplicate"], files.Select(file => file.GetProperty("status").GetString()));
        Assert.Equal(ExitCode.Conflict, run.ExitCode);
    }

    [Fact]
    public async Task The_first_by_order_is_sent_whichever_is_read_first()
    {
        var copies = new RecordingCopies(4);
        var matching = copies.MatchAsync(TestContext.Current.CancellationToken);
        var third = IsInAsync(copies, 3, "night");
        var second = IsInAsync(copies, 2, "night");
        copies.End(1, isIn: false);
        Assert.False(second.IsCompleted);

        Assert.False(await IsInAsync(copies, 0, "night"));
        Assert.False(second.IsCompleted);
        copies.End(0, isIn: true);
        Assert.True(await second);
        copies.End(2, isIn: true);
        Assert.True(await third);
        await matching;
    }

    private static Task<bool> IsInAsync(RecordingCopies copies, int index, string digest) =>
        copies
            .IsInAsync(index, digest, TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    private async Task<string> MakeAsync(string parent, string name, int seed)
    {
        var path = Path.Combine(folder.CreateSubdirectory(parent).FullName, name);
        await using var stream = File.Create(path);
        var options = new SyntheticEegOptions
        {
            ChannelCount = 2,
            SampleRateHz = 128,
            Seed = seed,
        };
        await SyntheticRecording.WriteEdfAsync(stream, options, 4, TestContext.Current.CancellationToken);
        return path;
    }
}
