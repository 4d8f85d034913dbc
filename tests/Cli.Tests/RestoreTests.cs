using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests;

/// <summary><c>restore --store</c>, after a loss of all or of a part.</summary>
public sealed class RestoreTests
{
    private const string Command = "restore --store vault --plan nightly";

    [Theory]
    [InlineData(null)]
    [InlineData("vault")]
    public async Task The_newest_backup_of_the_store_is_restored_by_a_plan_that_was_lost_or_not(string? store)
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Vault.Store = store;

        var restored = await CommandRun.DoAsync(platform.Variables, Command.Split(' '));

        Assert.Equal("vault", platform.Vault.Store);
        Assert.Contains("restored  ", restored.Output, StringComparison.Ordinal);
        Assert.Contains("manifests/7 is damaged: its checksum is another", restored.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_that_is_of_another_store_is_refused_and_both_stores_are_named()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Vault.Store = "attic";

        var refused = await CommandRun.OfAsync(platform.Variables, Command);

        Assert.Equal(ExitCode.Conflict, refused.ExitCode);
        Assert.Contains("'attic'", refused.Error, StringComparison.Ordinal);
        Assert.Contains("'vault'", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, platform.Vault.Imports);
    }

    [Fact]
    public async Task Damage_that_is_found_on_the_way_is_said_to_machines_too()
    {
        await using var platform = await FakePlatform.StartAsync();

        var restored = await CommandRun.DoAsync(platform.Variables, $"{Command} --json".Split(' '));

        var result = JsonDocument.Parse(restored.Output).RootElement;
        Assert.Equal("projects/lab/branches/main", result.GetProperty("branches")[0].GetString());
        Assert.Equal("5", result.GetProperty("readBytes").GetString());
        var damage = Assert.Single(result.GetProperty("damages").EnumerateArray());
        Assert.Equal("manifests/7", damage.GetProperty("object").GetString());
        Assert.Equal("its checksum is another", damage.GetProperty("problem").GetString());
    }

    [Fact]
    public async Task Where_no_backup_is_found_the_damage_is_among_the_facts_of_the_error()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Vault.Backups = 0;

        var run = await CommandRun.OfAsync(platform.Variables, $"{Command} --json");

        Assert.Equal(ExitCode.NotFound, run.ExitCode);
        var error = JsonDocument.Parse(run.Error).RootElement.GetProperty("error");
        Assert.Equal("BACKUP_NOT_FOUND", error.GetProperty("reason").GetString());
        Assert.Equal(
            "its checksum is another",
            error.GetProperty("details").GetProperty("damage.manifests/7").GetString()
        );
    }
}
