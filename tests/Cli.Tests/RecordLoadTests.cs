using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests;

public sealed class RecordLoadTests
{
    /// <summary>It can be opened, and nothing can be read of it.</summary>
    private const string Unreadable = "/proc/self/mem";

    [Fact]
    public async Task A_file_that_cannot_be_read_to_its_end_is_said_and_nothing_of_it_is_loaded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), $"only Linux has {Unreadable}");
        await using var platform = await FakePlatform.StartAsync();
        using var tooLong = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var output = new StringWriter();

        string[] command = ["record", "load", "labs", Unreadable];
        var run = await CommandRun.OfAsync(platform.Variables, command, output, tooLong.Token);

        Assert.True(run.ExitCode == ExitCode.Failure, $"{run.ExitCode}: {run.Error}");
        Assert.Contains("error: ", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task A_pipe_is_loaded_to_its_end()
    {
        await using var platform = await FakePlatform.StartAsync();
        var folder = Directory.CreateTempSubdirectory("dendrite-record-load-tests-");
        var path = Path.Combine(folder.FullName, "labs.csv");
        var written = NamedPipe.MakeAsync(path, FakeRecords.Document);

        await CommandRun.DoAsync(platform.Variables, "record", "load", "labs", path);

        await written;
        folder.Delete(recursive: true);
        Assert.Equal(FakeRecords.Document, platform.State.LoadedText);
    }

    [Fact]
    public async Task Of_a_load_that_is_refused_half_way_the_refusal_is_said()
    {
        await using var platform = await FakePlatform.StartAsync();
        var path = Path.GetTempFileName();
        await File.WriteAllBytesAsync(path, new byte[4 << 20], TestContext.Current.CancellationToken);

        var run = await CommandRun.OfAsync(platform.Variables, "record", "load", "lbas", path);

        File.Delete(path);
        Assert.Equal(ExitCode.NotFound, run.ExitCode);
        Assert.Contains("datasets/lbas does not exist", run.Error, StringComparison.Ordinal);
    }
}
