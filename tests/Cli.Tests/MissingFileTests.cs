using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests;

/// <summary>A file that is named and is not there, or not what it is said to be.</summary>
public sealed class MissingFileTests
{
    [Theory]
    [InlineData("source create s --dataset labs --postgres db --query-file {FILE}")]
    [InlineData("source create s --dataset labs --definition {FILE}")]
    [InlineData("source update weather --definition {FILE}")]
    [InlineData("record load labs {FILE}")]
    [InlineData("record upsert labs {FILE}")]
    [InlineData("dataset create labs --schema {FILE}")]
    [InlineData("dataset create labs --from {FILE}")]
    [InlineData("streams create eeg --file {FILE}")]
    [InlineData("assertion create a --file {FILE}")]
    [InlineData("workflow create w --file {FILE}")]
    [InlineData("job create j --file {FILE}")]
    [InlineData("patch main {FILE}")]
    [InlineData("import {FILE} -b main")]
    public async Task A_file_that_does_not_exist_is_not_found(string command)
    {
        await using var platform = await FakePlatform.StartAsync();
        var file = Path.Combine(Path.GetTempPath(), "dendrite-no-such-folder", "missing.json");

        var run = await RunAsync(platform, command, file);

        Assert.True(run.ExitCode == ExitCode.NotFound, $"{run.ExitCode}: {run.Error}");
        var error = ErrorOf(run);
        Assert.Equal("FILE_NOT_FOUND", error.GetProperty("reason").GetString());
        Assert.Contains(file, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("source create s --dataset labs --definition {FILE}")]
    [InlineData("record load labs {FILE}")]
    [InlineData("dataset create labs --schema {FILE}")]
    [InlineData("dataset create labs --from {FILE}")]
    [InlineData("dataset change labs {FILE}")]
    [InlineData("streams create eeg --file {FILE}")]
    [InlineData("workflow create w --file {FILE}")]
    [InlineData("job create j --file {FILE}")]
    public async Task A_file_that_cannot_be_opened_is_not_readable(string command)
    {
        await using var platform = await FakePlatform.StartAsync();

        // A folder is there, and no file.
        var run = await RunAsync(platform, command, AppContext.BaseDirectory.TrimEnd('/'));

        Assert.True(run.ExitCode == ExitCode.Failure, $"{run.ExitCode}: {run.Error}");
        Assert.Equal("FILE_NOT_READABLE", ErrorOf(run).GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("record load labs {FILE}")]
    [InlineData("dataset create labs --from {FILE}")]
    [InlineData("job create j --file {FILE}")]
    [InlineData("source create s --dataset labs --postgres db --query-file {FILE}")]
    [InlineData("source create s --dataset labs --definition {FILE}")]
    [InlineData("source update weather --definition {FILE}")]
    [InlineData("assertion create a --file {FILE}")]
    [InlineData("patch main {FILE}")]
    [InlineData("dataset create labs --schema {FILE}")]
    [InlineData("dataset change labs {FILE}")]
    [InlineData("record upsert labs {FILE}")]
    [InlineData("streams create eeg --file {FILE}")]
    [InlineData("workflow create w --file {FILE}")]
    public async Task A_folder_in_place_of_a_file_is_called_one(string command)
    {
        await using var platform = await FakePlatform.StartAsync();

        var run = await RunAsync(platform, command, Path.GetTempPath());

        Assert.Contains("is a folder", ErrorOf(run).GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("source create s --dataset labs --definition {FILE}")]
    [InlineData("dataset create labs --schema {FILE}")]
    [InlineData("dataset change labs {FILE}")]
    [InlineData("streams create eeg --file {FILE}")]
    [InlineData("workflow create w --file {FILE}")]
    [InlineData("job create j --file {FILE}")]
    [InlineData("job update j --file {FILE}")]
    public async Task A_file_that_holds_something_else_is_refused(string command)
    {
        await using var platform = await FakePlatform.StartAsync();
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "{\"no\": 1", TestContext.Current.CancellationToken);

            var run = await RunAsync(platform, command, file);

            Assert.True(run.ExitCode == ExitCode.BadData, $"{run.ExitCode}: {run.Error}");
            Assert.Equal("FILE_REFUSED", ErrorOf(run).GetProperty("reason").GetString());
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static Task<CommandRun> RunAsync(FakePlatform platform, string command, string file) =>
        CommandRun.OfAsync(platform.Variables, $"{command} --json".Replace("{FILE}", file, StringComparison.Ordinal));

    private static JsonElement ErrorOf(CommandRun run) =>
        JsonDocument.Parse(run.Error).RootElement.GetProperty("error");
}
