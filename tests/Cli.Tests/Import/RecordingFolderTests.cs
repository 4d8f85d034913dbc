using System.IO.Pipes;
using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Import;
using Dendrite.Cli.Tests.Fakes;
using Dendrite.Signals.Synthetic;

namespace Dendrite.Cli.Tests.Import;

/// <summary>An import of a folder in which something cannot be read.</summary>
public sealed class RecordingFolderTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-recording-folder-tests-");
    private int made;

    public void Dispose()
    {
        if (!OperatingSystem.IsWindows() && Directory.Exists(PathOf("b-closed")))
        {
            File.SetUnixFileMode(PathOf("b-closed"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_is_a_failure_and_the_others_go_on()
    {
        await MakeAsync("a.edf");
        await MakeAsync("c.edf");
        await File.WriteAllTextAsync(PathOf("c.txt"), "notes", TestContext.Current.CancellationToken);
        // As long as this is open nobody else reads it.
        await using var held = new FileStream(PathOf("c.txt"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        var (run, files) = await ImportAsync();

        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.Equal([("a.edf", "importable"), ("c.edf", "importable"), ("c.txt", "failed")], files);
        var found = await RecordingFolder.FindAsync([folder.FullName], TestContext.Current.CancellationToken);
        Assert.Equal(["a", "c", ""], found.Select(recording => recording.StreamId));
    }

    [Theory]
    [InlineData("100_CH1.continuous")]
    [InlineData("100_ch1.continuous")]
    public async Task What_belongs_to_a_recording_is_none_of_its_own(string part)
    {
        const string structure = """
            <EXPERIMENT number="1"><RECORDING number="1"><STREAM name="a" sample_rate="1000.0">
            <CHANNEL name="CH1" filename="100_CH1.continuous"/></STREAM></RECORDING></EXPERIMENT>
            """;
        await File.WriteAllTextAsync(PathOf("structure.openephys"), structure, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(PathOf(part), "samples", TestContext.Current.CancellationToken);

        var found = await RecordingFolder.FindAsync([folder.FullName], TestContext.Current.CancellationToken);

        Assert.Equal([PathOf("structure.openephys")], found.Select(recording => recording.Path));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_looked_into_is_a_failure_and_the_others_go_on()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("the rights are those of Unix");
            return;
        }
        await MakeAsync("a.edf");
        await MakeAsync(Path.Combine("b-closed", "b.edf"));
        await MakeAsync(Path.Combine("c", "c.edf"));
        File.SetUnixFileMode(PathOf("b-closed"), UnixFileMode.None);
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root looks into every folder");

        var (run, files) = await ImportAsync();

        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.Equal([("a.edf", "importable"), ("b-closed", "failed"), ("c.edf", "importable")], files);
    }

    [Fact]
    public async Task A_pipe_that_nobody_writes_to_is_not_waited_for()
    {
        await MakeAsync("a.edf");
        NamedPipe.Make(PathOf("notes"));
        NamedPipe.Make(PathOf("pipe.edf"));
        await File.WriteAllBytesAsync(PathOf("empty.edf"), [], TestContext.Current.CancellationToken);

        var (run, files) = await ImportAsync();

        Assert.Equal(ExitCode.BadData, run.ExitCode);
        Assert.Equal([("a.edf", "importable"), ("empty.edf", "failed"), ("pipe.edf", "failed")], files);
        Assert.Contains("a recording is read more than once", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("empty")]
    public async Task A_link_is_as_long_as_what_it_leads_to(string kind)
    {
        if (kind == "pipe")
        {
            NamedPipe.Make(PathOf(kind));
        }
        else
        {
            await File.WriteAllBytesAsync(PathOf(kind), [], TestContext.Current.CancellationToken);
        }
        await MakeAsync("a.edf");
        File.CreateSymbolicLink(PathOf("broken.edf"), PathOf(kind));
        File.CreateSymbolicLink(PathOf("sound.edf"), PathOf("a.edf"));

        var (run, files) = await ImportAsync(PathOf("broken.edf"), PathOf("sound.edf"));

        Assert.Equal([("broken.edf", "failed"), ("sound.edf", "importable")], files);
        Assert.Contains("a recording is read more than once", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_that_climbs_out_of_a_linked_folder_is_followed_as_the_system_does()
    {
        await MakeAsync(Path.Combine("store", "annex", "x.edf"));
        Directory.CreateDirectory(PathOf(Path.Combine("store", "study", "eeg")));
        File.CreateSymbolicLink(PathOf(Path.Combine("store", "study", "eeg", "a.edf")), "../../annex/x.edf");
        Directory.CreateSymbolicLink(PathOf("here"), PathOf(Path.Combine("store", "study", "eeg")));

        var (_, files) = await ImportAsync(PathOf(Path.Combine("here", "a.edf")));

        Assert.Equal([("a.edf", "importable")], files);
    }

    [Fact]
    public async Task A_pipe_of_a_shell_is_refused_as_one()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux opens a pipe anew by /dev/fd");
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        var path = $"/dev/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";

        var run = await CommandRun.OfAsync(CommandRun.Nothing, "import", path, "--dry-run");

        Assert.Equal(ExitCode.BadData, run.ExitCode);
        Assert.Contains("a recording is read more than once", run.Output + run.Error, StringComparison.Ordinal);
    }

    private async Task<(CommandRun Run, IEnumerable<(string, string)> Files)> ImportAsync(params string[] paths)
    {
        string[] named = paths is [] ? [folder.FullName] : paths;
        var run = await CommandRun.OfAsync(CommandRun.Nothing, ["import", .. named, "--dry-run", "--json"]);
        var files = JsonDocument.Parse(run.Output).RootElement.GetProperty("files").EnumerateArray();
        return (
            run,
            [
                .. files.Select(file =>
                    (Path.GetFileName(file.GetProperty("file").GetString()!), file.GetProperty("status").GetString()!)
                ),
            ]
        );
    }

    private async Task MakeAsync(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        await using var stream = File.Create(PathOf(name));
        // No two of the same content.
        var options = new SyntheticEegOptions { ChannelCount = ++made, SampleRateHz = 128 };
        await SyntheticRecording.WriteEdfAsync(stream, options, 10, TestContext.Current.CancellationToken);
    }

    private string PathOf(string name) => Path.Combine(folder.FullName, name);
}
