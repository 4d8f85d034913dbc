using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Backups;

public sealed class BackupDamageTests : IDisposable
{
    private readonly VaultFolder vault = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => vault.Dispose();

    [Fact]
    public async Task A_flipped_byte_in_any_object_is_found_and_named_and_nothing_is_restored_from_it()
    {
        await using var lab = await StartAsync();
        var backup = await lab.BackUpAsync();
        Assert.Empty((await lab.CheckAsync(backup)).Damages);
        foreach (var file in vault.Objects.Concat(vault.Manifests))
        {
            var content = await File.ReadAllBytesAsync(file, Token);
            var place = content.Length / 2;
            content[place] ^= 1;
            await File.WriteAllBytesAsync(file, content, Token);

            var damage = Assert.Single((await lab.CheckAsync(backup)).Damages);
            var restore = new RestoreBackupRequest { Name = backup.Name, IdPrefix = "bad-" };
            var failed = await lab.EndAsync((await lab.Backups.RestoreBackupAsync(restore, lab.Options)).Operation);

            Assert.Equal(vault.KeyOf(file), damage.Object);
            Assert.True(!damage.HasOffset || damage.Offset <= place, $"offset {damage.Offset} of {place}");
            Assert.Equal(V1.OperationState.Failed, failed.State);
            Assert.Contains(vault.KeyOf(file), failed.Error.Message, StringComparison.Ordinal);
            content[place] ^= 1;
            await File.WriteAllBytesAsync(file, content, Token);
        }

        Assert.Empty((await lab.CheckAsync(backup)).Damages);
        Assert.Equal("main", Assert.Single(await BranchesAsync(lab)));
    }

    [Fact]
    public async Task Objects_that_were_cut_off_or_swapped_or_are_missing_are_named_with_what_is_wrong()
    {
        await using var lab = await StartAsync();
        var backup = await lab.BackUpAsync();
        var files = vault.Objects;
        var first = await File.ReadAllBytesAsync(files[0], Token);
        var second = await File.ReadAllBytesAsync(files[1], Token);
        await File.WriteAllBytesAsync(files[0], second, Token);
        await File.WriteAllBytesAsync(files[1], first, Token);
        await File.WriteAllBytesAsync(files[2], (await File.ReadAllBytesAsync(files[2], Token))[..30], Token);
        File.Delete(files[3]);

        var damages = (await lab.CheckAsync(backup)).Damages.OrderBy(damage => damage.Object).ToList();

        Assert.Equal(files.Take(4).Select(vault.KeyOf), damages.Select(damage => damage.Object));
        Assert.Equal(30, damages[2].Offset);
        Assert.Contains("ends after 30", damages[2].Problem, StringComparison.Ordinal);
        Assert.False(damages[3].HasOffset);
        Assert.Contains("missing", damages[3].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_that_is_to_be_verified_writes_anew_what_the_store_had_damaged()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        await BackupScenes.PlayAsync(lab);
        await lab.AddPlanAsync(
            new BackupPlan
            {
                BranchFilter = "branch_id = \"main\"",
                Store = "vault",
                Verify = true,
            }
        );
        await lab.BackUpAsync();
        foreach (var file in vault.Objects)
        {
            var content = await File.ReadAllBytesAsync(file, Token);
            content[^1] ^= 1;
            await File.WriteAllBytesAsync(file, content, Token);
        }

        var mended = await lab.BackUpAsync();

        Assert.NotNull(mended.VerifyTime);
        Assert.Empty((await lab.CheckAsync(mended)).Damages);
    }

    [Fact]
    public async Task A_manifest_that_is_damaged_is_named_by_an_import_and_not_taken_in()
    {
        await using (var lost = await StartAsync())
        {
            await lost.BackUpAsync();
        }

        var manifest = Assert.Single(vault.Manifests);
        await File.AppendAllTextAsync(manifest, "x", Token);
        await using var empty = await BackupLab.StartAsync(vault.Path, seed: 2);
        await empty.AddPlanAsync();

        var found = await empty.Backups.ImportBackupsAsync(new() { Parent = BackupLab.Plan }, empty.Options);

        Assert.Empty(found.Backups);
        Assert.Equal(vault.KeyOf(manifest), Assert.Single(found.Damages).Object);
    }

    private async Task<BackupLab> StartAsync()
    {
        var lab = await BackupLab.StartAsync(vault.Path);
        await lab.ForkAsync("work");
        await BackupScenes.CreateDatasetAsync(lab, "work");
        await BackupScenes.PutAsync(lab, "work", ("s1", 30, "a"));
        await lab.Recorder.AppendAsync("work", "eeg", 2);
        await lab.Recorder.MaskAsync("work", "eeg", 200, 300);
        await lab.MergeAsync("work");
        await lab.Branches.DeleteBranchAsync(new() { Name = $"{BackupLab.Project}/branches/work" }, lab.Options);
        await lab.AddPlanAsync();
        return lab;
    }

    private static async Task<IReadOnlyList<string>> BranchesAsync(BackupLab lab)
    {
        var page = await lab.Branches.ListBranchesAsync(new() { Parent = BackupLab.Project }, lab.Options);
        return [.. page.Branches.Select(branch => branch.Name.Split('/')[^1])];
    }
}
