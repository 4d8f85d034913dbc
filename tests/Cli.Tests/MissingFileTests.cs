using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests;

/// <summary>A file that is named and is not there.</summary>
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

        var run = await CommandRun.OfAsync(
            platform.Variables,
            $"{command} --json".Replace("{FILE}", file, StringComparison.Ordinal)
        );

        Assert.True(run.ExitCode == ExitCode.NotFound, $"{run.ExitCode}: {run.Error}");
        var message = JsonDocument.Parse(run.Error).RootElement.GetProperty("error").GetProperty("message");
        Assert.Contains(file, message.GetString(), StringComparison.Ordinal);
    }
}
