using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Backups;

/// <summary>
/// Backups of what maintenance has tidied: timelines that were absorbed, and blocks that lie gathered behind one dense
/// payload. They look different in the database and show the same.
/// </summary>
public sealed class TidiedBackupTests : IDisposable
{
    private const string Everything = "create_time > \"2000-01-01T00:00:00Z\"";

    /// <summary>More than a chunk of a backup has, so a gathered run lies across the ends of two chunks.</summary>
    private const int Blocks = 1_100;

    private readonly VaultFolder vault = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => vault.Dispose();

    [Fact]
    public async Task What_was_absorbed_and_gathered_comes_back_after_a_loss_with_equal_digests()
    {
        Dictionary<string, string> digests;
        await using (var lost = await StartAsync())
        {
            await PlayAsync(lost);
            await lost.AddPlanAsync(Everything, Everything);
            digests = await DigestAsync(lost);
            await TidyAsync(lost);
            Assert.Equal(digests, await DigestAsync(lost));

            var backup = await lost.BackUpAsync();
            Assert.Equal(
                digests.Values,
                backup
                    .Items.Where(item => item.Resource.Contains("/branches/", StringComparison.Ordinal))
                    .Select(item => Convert.ToHexStringLower(item.Digest.Span))
            );
            Assert.Empty((await lost.CheckAsync(backup)).Damages);
        }

        await using var empty = await StartAsync(seed: 2);
        await empty.AddPlanAsync(Everything, Everything);
        var found = await empty.Backups.ImportBackupsAsync(new() { Parent = BackupLab.Plan }, empty.Options);
        Assert.Empty(found.Damages);
        Assert.True((await empty.RestoreAsync(Assert.Single(found.Backups))).DigestsEqual);
        Assert.Equal(digests, await DigestAsync(empty));
        // Every sample and every record is what its commit says, also those of merged experiments.
        Assert.Equal(["", ""], await Task.WhenAll(VerifyAsync(empty, "main"), VerifyAsync(empty, "open")));

        // And it lives: what is restored can be tidied, written to and backed up again.
        await TidyAsync(empty, isAgain: true);
        Assert.Equal(digests, await DigestAsync(empty));
        await BackupScenes.PutAsync(empty, "open", ("s1", 99, "later"));
        Assert.Empty((await empty.CheckAsync(await empty.BackUpAsync())).Damages);
    }

    [Fact]
    public async Task Tidying_between_two_backups_adds_no_samples_to_the_second_and_either_restores_the_same()
    {
        await using var lab = await StartAsync();
        await PlayAsync(lab);
        await lab.AddPlanAsync(Everything);
        var before = await lab.BackUpAsync();
        await TidyAsync(lab);

        var after = await lab.BackUpAsync();

        Assert.Equal(before.Items.Select(item => item.Digest), after.Items.Select(item => item.Digest));
        // The samples are most of it.
        Assert.InRange(after.AddedBytes, 1, before.TotalBytes / 10);
        await lab.RestoreAsync(before, "before-");
        await lab.RestoreAsync(after, "after-");
        var digests = await DigestAsync(lab);
        Assert.Equal(digests.Values, (await DigestAsync(lab, "before-")).Values);
        Assert.Equal(digests.Values, (await DigestAsync(lab, "after-")).Values);
    }

    [Fact]
    public async Task A_backup_that_goes_on_after_what_it_holds_was_tidied_holds_the_same()
    {
        await using var lab = await StartAsync();
        await PlayAsync(lab);
        await lab.AddPlanAsync("branch_id = \"open\"");
        await lab.BackUpAsync();
        var digest = await lab.DigestAsync("open");
        // As if its replica had died with nothing stored.
        await BackupCrashTests.RewindAsync(lab, "StartBackup");
        File.Delete(vault.Manifests[0]);
        foreach (var file in vault.Objects)
            File.Delete(file);

        await TidyAsync(lab);
        await BackupCrashTests.ResumeAsync(lab, "StartBackup");
        await BackupCrashTests.DoneAsync(lab, "StartBackup");

        var page = await lab.Backups.ListBackupsAsync(new() { Parent = BackupLab.Plan }, lab.Options);
        var made = Assert.Single(page.Backups);
        Assert.Equal(digest, Convert.ToHexStringLower(made.Items[0].Digest.Span));
        Assert.Empty((await lab.CheckAsync(made)).Damages);
        await lab.RestoreAsync(made, "r-");
        Assert.Equal(digest, await lab.DigestAsync("r-open"));
    }

    private Task<BackupLab> StartAsync(int seed = 1) =>
        BackupLab.StartAsync(
            new Dictionary<string, string?>
            {
                ["Backups:Stores:vault:Folder"] = vault.Path,
                ["Scheduler:Compaction:Settle"] = "00:00:00",
                ["Scheduler:Maintenance:Grace"] = "00:00:00",
                ["Scheduler:Maintenance:Pause"] = "00:00:00",
                // When a test says so.
                ["Scheduler:Maintenance:Cron"] = "0 0 29 2 *",
            },
            seed
        );

    /// <summary>The usual scenes, and a long recording in a merged experiment that is gone.</summary>
    private static async Task PlayAsync(BackupLab lab)
    {
        await BackupScenes.PlayAsync(lab);
        await lab.ForkAsync("long");
        await lab.Recorder.AppendAsync("long", "night", Blocks);
        await lab.Recorder.MaskAsync("long", "night", 499_000, 502_000, "Cz");
        await lab.MergeAsync("long");
        foreach (var branch in new[] { "second", "long" })
            await lab.Branches.DeleteBranchAsync(
                new() { Name = $"{BackupLab.Project}/branches/{branch}" },
                lab.Options
            );
    }

    /// <summary>Runs maintenance, as if deleted branches had had their time.</summary>
    /// <param name="isAgain">There is nothing to do: what is restored comes back gathered and absorbed.</param>
    private static async Task TidyAsync(BackupLab lab, bool isAgain = false)
    {
        await using var age = lab.Database.Owner.CreateCommand(
            "UPDATE branching.branch SET purge_time = now() WHERE delete_time IS NOT NULL"
        );
        await age.ExecuteNonQueryAsync(Token);
        var run = await BackupJobTests.RunAsync(lab, "tidy", new JobTask { Maintenance = new() });
        Assert.True(run.State == RunState.Succeeded, run.Message());
        Assert.Equal(0, run.Results["blocks_damaged"]);
        if (isAgain)
            return;
        Assert.Equal((3, 3), (run.Results["branches_purged"], run.Results["timelines_absorbed"]));
        Assert.InRange(run.Results["blocks_gathered"], Blocks, long.MaxValue);
    }

    private static async Task<Dictionary<string, string>> DigestAsync(BackupLab lab, string prefix = "") =>
        new() { ["main"] = await lab.DigestAsync($"{prefix}main"), ["open"] = await lab.DigestAsync($"{prefix}open") };

    private static Task<string> VerifyAsync(BackupLab lab, string branch) =>
        BackupRestoreTests.VerifyAsync(lab, branch);
}
