using Dendrite.Cli.Export;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;
using Dendrite.Signals.Synthetic;

namespace Dendrite.Cli.Tests;

/// <summary>Plain files that have their names among the devices.</summary>
public sealed class SharedMemoryExportTests : IDisposable
{
    private readonly string folder = $"/dev/shm/dendrite-export-tests-{Path.GetRandomFileName()}";

    public SharedMemoryExportTests()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "only Linux has files in /dev/shm");
        Directory.CreateDirectory(folder);
    }

    public void Dispose()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_file_in_shared_memory_is_replaced_only_where_that_is_said()
    {
        await using var platform = await FakePlatform.StartAsync();
        var path = Path.Combine(folder, "labs.csv");
        var old = new string('x', 100);
        await File.WriteAllTextAsync(path, old, TestContext.Current.CancellationToken);
        string[] export = ["record", "export", "labs", "-o", path];

        var refused = await CommandRun.OfAsync(platform.Variables, export);

        Assert.Equal(ExitCode.Conflict, refused.ExitCode);
        Assert.Contains("replace it with --force", refused.Error, StringComparison.Ordinal);
        Assert.Equal(old, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        await CommandRun.DoAsync(platform.Variables, [.. export, "--force"]);
        Assert.Equal(FakeRecords.Document, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Raw_samples_in_shared_memory_have_their_sidecar()
    {
        await using var platform = await FakePlatform.StartAsync();
        var recording = Path.Combine(folder, "night.edf");
        await using (var stream = File.Create(recording))
        {
            var options = new SyntheticEegOptions { ChannelCount = 3, SampleRateHz = 128 };
            await SyntheticRecording.WriteEdfAsync(stream, options, 10, TestContext.Current.CancellationToken);
        }
        await CommandRun.DoAsync(platform.Variables, "import", recording, "-b", "main");
        var path = Path.Combine(folder, "night.raw");

        await CommandRun.DoAsync(platform.Variables, "export", "night", "-b", "main", "-o", path);

        Assert.True(File.Exists($"{path}.json"));
        var again = await CommandRun.OfAsync(platform.Variables, "export", "night", "-b", "main", "-o", path);
        Assert.Equal(ExitCode.Conflict, again.ExitCode);
    }

    [Fact]
    public async Task A_descriptor_of_a_file_is_a_file_and_not_written_over()
    {
        var path = Path.Combine(folder, "all.csv");
        await using var file = new FileStream(path, FileMode.CreateNew);
        var descriptor = $"/dev/fd/{file.SafeFileHandle.DangerousGetHandle()}";
        Assert.False(ExportTarget.IsDevice(descriptor));
        var error = Assert.Throws<CliException>(() => ExportTarget.Create(descriptor, "1", false, () => Stream.Null));
        Assert.Equal("FILE_EXISTS", error.Reason);
        await using (var target = ExportTarget.Create(descriptor, "1", force: true, () => Stream.Null))
        {
            await target.Stream.WriteAsync("new"u8.ToArray(), TestContext.Current.CancellationToken);
            await target.KeepAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal("new", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.False(ExportTarget.IsDevice(path));
        Assert.True(ExportTarget.IsDevice("/dev/null"));
    }
}
