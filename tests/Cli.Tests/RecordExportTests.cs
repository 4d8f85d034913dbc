using System.IO.Pipes;
using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests;

/// <summary>What <c>record export</c> leaves in a folder, above all when it fails.</summary>
public sealed class RecordExportTests : IDisposable
{
    private const string Old = "id,value\nS1,9.9\n";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-record-export-tests-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_dataset_that_is_not_there_leaves_the_file_as_it_was()
    {
        await using var platform = await FakePlatform.StartAsync();
        await File.WriteAllTextAsync(Target, Old, TestContext.Current.CancellationToken);

        var run = await CommandRun.OfAsync(platform.Variables, "record", "export", "lbas", "-o", Target, "--force");

        Assert.Equal(ExitCode.NotFound, run.ExitCode);
        Assert.Equal([("labs.csv", Old)], Files());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_is_lost_half_way_leaves_no_part_of_a_file(bool isThere)
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.State.CutsExports = true;
        if (isThere)
        {
            await File.WriteAllTextAsync(Target, Old, TestContext.Current.CancellationToken);
        }

        var run = await CommandRun.OfAsync(platform.Variables, "record", "export", "labs", "-o", Target, "--force");

        Assert.Equal(ExitCode.Unavailable, run.ExitCode);
        Assert.Equal(isThere ? [("labs.csv", Old)] : [], Files());
    }

    [Fact]
    public async Task A_file_is_replaced_only_where_that_is_said()
    {
        await using var platform = await FakePlatform.StartAsync();
        await File.WriteAllTextAsync(Target, Old, TestContext.Current.CancellationToken);

        var refused = await CommandRun.OfAsync(platform.Variables, "record", "export", "labs", "-o", Target);
        Assert.Equal(ExitCode.Conflict, refused.ExitCode);
        Assert.Contains("replace it with --force", refused.Error, StringComparison.Ordinal);
        Assert.Equal([("labs.csv", Old)], Files());

        await CommandRun.DoAsync(platform.Variables, "record", "export", "labs", "-o", Target, "--force");
        Assert.Equal([("labs.csv", FakeRecords.Document)], Files());
    }

    [Fact]
    public async Task What_was_exported_is_said_to_people_and_to_machines()
    {
        await using var platform = await FakePlatform.StartAsync();
        var lines = Path.Combine(folder.FullName, "labs.jsonl");

        var said = await CommandRun.DoAsync(platform.Variables, "record", "export", "labs", "-o", Target);
        var json = await CommandRun.DoAsync(platform.Variables, "record", "export", "labs", "-o", lines, "--json");

        Assert.StartsWith($"{Target}: CSV, 23 B, ", said.Output, StringComparison.Ordinal);
        var report = JsonDocument.Parse(json.Output).RootElement;
        Assert.Equal(lines, report.GetProperty("output").GetString());
        Assert.Equal("projects/lab/branches/main/datasets/labs", report.GetProperty("dataset").GetString());
        Assert.Equal("JSON Lines", report.GetProperty("format").GetString());
        Assert.Equal(FakeRecords.Document.Length, report.GetProperty("fileBytes").GetInt64());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pipe_is_written_to_and_how_much_is_said(bool force)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux opens a pipe anew by /dev/fd");
        await using var platform = await FakePlatform.StartAsync();
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        var path = $"/dev/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";

        string[] export = ["record", "export", "labs", "-o", path];
        var run = await CommandRun.DoAsync(platform.Variables, force ? [.. export, "--force"] : export);

        pipe.DisposeLocalCopyOfClientHandle();
        using var reader = new StreamReader(pipe);
        Assert.Equal(FakeRecords.Document, await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith($"{path}: CSV, 23 B, ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_file_goes_to_standard_output_no_report_does()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has /dev/stdout for certain");
        await using var platform = await FakePlatform.StartAsync();

        var run = await CommandRun.OfAsync(platform.Variables, "record export labs -o /dev/stdout --json");

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("--json reports on standard output", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("/dev/stdout")]
    [InlineData("/dev/fd/1")]
    public async Task What_is_exported_to_standard_output_is_not_written_to_a_stream_opened_anew(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has /dev/stdout for certain");
        await using var platform = await FakePlatform.StartAsync();

        var run = await CommandRun.DoAsync(platform.Variables, "record", "export", "labs", "-o", path);

        Assert.Equal(FakeRecords.Document, run.Text);
        Assert.StartsWith($"{path}: CSV, 23 B, ", run.Error, StringComparison.Ordinal);
    }

    private string Target => Path.Combine(folder.FullName, "labs.csv");

    private IEnumerable<(string Name, string Text)> Files() =>
        folder.EnumerateFiles().Select(file => (file.Name, File.ReadAllText(file.FullName)));
}
