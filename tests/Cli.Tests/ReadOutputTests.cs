using System.IO.Pipes;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;
using Dendrite.Signals.Synthetic;

namespace Dendrite.Cli.Tests;

/// <summary>What <c>read</c> leaves in a folder, above all when it fails.</summary>
public sealed class ReadOutputTests : IDisposable
{
    private const string Old = "sample,Fp1\n0,42\n";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-read-output-tests-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_file_is_replaced_only_where_that_is_said()
    {
        await using var platform = await StartAsync();
        await File.WriteAllTextAsync(Target, Old, TestContext.Current.CancellationToken);

        var refused = await CommandRun.OfAsync(platform.Variables, "read", "night", "-o", Target);
        Assert.Equal(ExitCode.Conflict, refused.ExitCode);
        Assert.Contains("replace it with --force", refused.Error, StringComparison.Ordinal);
        Assert.Equal([("night.csv", Old)], Files());

        var shown = await CommandRun.DoAsync(platform.Variables, "read", "night");
        await CommandRun.DoAsync(platform.Variables, "read", "night", "-o", Target, "--force");
        Assert.Equal([("night.csv", shown.Text)], Files());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_is_lost_half_way_leaves_no_part_of_a_file(bool isThere)
    {
        await using var platform = await StartAsync();
        platform.State.CutsExports = true;
        if (isThere)
        {
            await File.WriteAllTextAsync(Target, Old, TestContext.Current.CancellationToken);
        }

        string[] read = ["read", "night", "-o", Target];
        var run = await CommandRun.OfAsync(platform.Variables, isThere ? [.. read, "--force"] : read);

        Assert.Equal(ExitCode.Unavailable, run.ExitCode);
        Assert.Equal(isThere ? [("night.csv", Old)] : [], Files());
    }

    [Fact]
    public async Task A_pipe_gets_what_a_file_would()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux opens a pipe anew by /dev/fd");
        await using var platform = await StartAsync();
        await CommandRun.DoAsync(platform.Variables, "read", "night", "-o", Target);
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        var device = $"/dev/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";
        using var read = new MemoryStream();
        var reading = pipe.CopyToAsync(read, TestContext.Current.CancellationToken);

        await CommandRun.DoAsync(platform.Variables, "read", "night", "-o", device);

        pipe.DisposeLocalCopyOfClientHandle();
        await reading;
        Assert.Equal(await File.ReadAllBytesAsync(Target, TestContext.Current.CancellationToken), read.ToArray());
    }

    [Fact]
    public async Task Standard_output_by_its_name_is_the_one_without_a_name()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has /dev/stdout for certain");
        await using var platform = await StartAsync();

        var shown = await CommandRun.DoAsync(platform.Variables, "read", "night");
        var named = await CommandRun.DoAsync(platform.Variables, "read", "night", "-o", "/dev/stdout");

        Assert.Equal(shown.Text, named.Text);
    }

    private string Target => Path.Combine(folder.FullName, "night.csv");

    private IEnumerable<(string Name, string Text)> Files() =>
        folder.EnumerateFiles().Select(file => (file.Name, File.ReadAllText(file.FullName)));

    private async Task<FakePlatform> StartAsync()
    {
        var platform = await FakePlatform.StartAsync();
        var file = Path.Combine(folder.FullName, "night.edf");
        await using (var stream = File.Create(file))
        {
            var options = new SyntheticEegOptions { ChannelCount = 3, SampleRateHz = 128 };
            await SyntheticRecording.WriteEdfAsync(stream, options, 10, TestContext.Current.CancellationToken);
        }

        await CommandRun.DoAsync(platform.Variables, "import", file, "-b", "main");
        File.Delete(file);
        return platform;
    }
}
