using System.Text.Json;
using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests.Comparing;

public sealed class PatchCommandTests
{
    [Theory]
    [InlineData("[]", false)]
    [InlineData("""[{"op":"replace","path":"/labs/records/S1/note","value":"x"}]""", true)]
    public async Task A_patch_that_writes_nothing_has_a_result_in_json_too(string patch, bool dryRun)
    {
        await using var platform = await FakePlatform.StartAsync();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, patch, TestContext.Current.CancellationToken);

        string[] command = ["patch", "main", file, "--json"];
        var run = await CommandRun.DoAsync(platform.Variables, dryRun ? [.. command, "--dry-run"] : command);

        File.Delete(file);
        Assert.Equal("0", JsonDocument.Parse(run.Output).RootElement.GetProperty("version").GetString());
    }
}
