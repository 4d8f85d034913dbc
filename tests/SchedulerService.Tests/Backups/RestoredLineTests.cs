using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Backups;

/// <summary>What a restored timeline was forked from: its history and its reverts go on as where it was made.</summary>
public sealed class RestoredLineTests : IDisposable
{
    private const string Everything = "create_time > \"2000-01-01T00:00:00Z\"";

    private readonly VaultFolder vault = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => vault.Dispose();

    [Fact]
    public async Task What_a_merged_experiment_changed_is_reverted_after_a_restore_to_what_it_was()
    {
        await using (var lost = await BackupLab.StartAsync(vault.Path))
        {
            await lost.ForkAsync("first");
            await BackupScenes.CreateDatasetAsync(lost, "first");
            await BackupScenes.PutAsync(lost, "first", ("s1", 1, "a"));
            await lost.MergeAsync("first");
            await lost.ForkAsync("exp");
            await BackupScenes.PutAsync(lost, "exp", ("s1", 2, "a"));
            await lost.MergeAsync("exp");
            await lost.AddPlanAsync();
            await lost.BackUpAsync();
        }

        await using var empty = await RestoredAsync();
        var subject = $"{BackupLab.Main}/datasets/{BackupScenes.Dataset}/records/s1";
        var history = await empty.History.ListRecordVersionsAsync(new() { Name = subject }, empty.Options);
        var changed = history.Versions[0];
        var age = Assert.Single(changed.Changes);
        Assert.Equal(("age", 1, 2), (age.Column, age.From.NumberValue, age.To.NumberValue));

        await empty.ForkAsync("mended");
        var branch = $"{BackupLab.Project}/branches/mended";
        await empty.Merges.RevertCommitAsync(
            new() { Commit = $"{BackupLab.Main}/commits/{changed.Commit.Version}", Branch = branch },
            empty.Options
        );

        var record = await empty.Records.GetRecordAsync(
            new() { Name = $"{branch}/datasets/{BackupScenes.Dataset}/records/s1" },
            empty.Options
        );
        Assert.Equal(1, record.Record.Values.Fields["age"].NumberValue);
    }

    [Fact]
    public async Task A_branch_of_a_branch_hangs_below_it_again()
    {
        await using (var lost = await BackupLab.StartAsync(vault.Path))
        {
            await lost.ForkAsync("zebra");
            await lost.ForkAsync("ant", from: "zebra");
            await lost.AddPlanAsync(Everything);
            await lost.BackUpAsync();
        }

        await using var empty = await RestoredAsync();
        var ant = new GetBranchRequest { Name = $"{BackupLab.Project}/branches/ant" };
        var restored = await empty.Branches.GetBranchAsync(ant, empty.Options);
        Assert.Equal($"{BackupLab.Project}/branches/zebra", restored.Branch.ForkPoint.Branch);
    }

    [Fact]
    public async Task A_tag_whose_branch_is_gone_with_its_timeline_is_backed_up_and_comes_back()
    {
        await using (var lost = await BackupLab.StartAsync(vault.Path))
        {
            await BackupScenes.PlayAsync(lost);
            await lost.ForkAsync("looked-at");
            await lost.TagAsync("v2", "looked-at");
            await using (
                var purge = lost.Database.Owner.CreateCommand(
                    """
                    SELECT set_config('dendrite.project_id', project_id::text, false) FROM branching.project
                    WHERE name = 'lab';
                    DELETE FROM branching.timeline t USING branching.branch b
                    WHERE b.name = 'looked-at' AND t.timeline_id = b.timeline_id;
                    DELETE FROM branching.branch WHERE name = 'looked-at'
                    """
                )
            )
                await purge.ExecuteNonQueryAsync(Token);
            await lost.AddPlanAsync(Everything, Everything);
            Assert.Contains(
                (await lost.BackUpAsync()).Items,
                item => item.Resource.EndsWith("/v2", StringComparison.Ordinal)
            );
        }

        await using var empty = await RestoredAsync();
        var tag = await empty.Tags.GetTagAsync(new() { Name = $"{BackupLab.Project}/tags/v2" }, empty.Options);
        var main = await empty.Branches.GetBranchAsync(new() { Name = BackupLab.Main }, empty.Options);
        Assert.Equal(main.Branch.HeadVersion, tag.Tag.Version);
    }

    /// <summary>Another platform, into which the one backup of the lost one was restored.</summary>
    private async Task<BackupLab> RestoredAsync()
    {
        var empty = await BackupLab.StartAsync(vault.Path, seed: 2);
        await empty.AddPlanAsync();
        var found = await empty.Backups.ImportBackupsAsync(new() { Parent = BackupLab.Plan }, empty.Options);
        Assert.Empty(found.Damages);
        var result = await empty.RestoreAsync(Assert.Single(found.Backups));
        Assert.True(result.DigestsEqual);
        return empty;
    }
}
