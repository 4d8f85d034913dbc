using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Tests.Backups;

public sealed class BackupRestoreTests : IDisposable
{
    private const string Everything = "create_time > \"2000-01-01T00:00:00Z\"";

    private readonly VaultFolder vault = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => vault.Dispose();

    [Fact]
    public async Task After_the_platform_is_lost_another_one_has_every_branch_and_tag_back_with_equal_digests()
    {
        Dictionary<string, string> digests;
        string tagged;
        await using (var lost = await BackupLab.StartAsync(vault.Path))
        {
            await BackupScenes.PlayAsync(lost);
            await lost.AddPlanAsync(Everything, Everything);
            var backup = await lost.BackUpAsync();
            Assert.Equal(["main", "open", "second", "v1"], backup.Items.Select(item => item.Resource.Split('/')[^1]));
            digests = new() { ["main"] = await lost.DigestAsync("main"), ["open"] = await lost.DigestAsync("open") };
            tagged = Convert.ToHexStringLower(backup.Items[3].Digest.Span);
        }

        await using var empty = await BackupLab.StartAsync(vault.Path, seed: 2);
        await empty.AddPlanAsync();
        var found = await empty.Backups.ImportBackupsAsync(new() { Parent = BackupLab.Plan }, empty.Options);
        Assert.Empty(found.Damages);
        var result = await empty.RestoreAsync(Assert.Single(found.Backups));

        Assert.True(result.DigestsEqual);
        Assert.Contains(BackupLab.Main, result.Branches);
        Assert.Equal([$"{BackupLab.Project}/tags/v1"], result.Tags);
        Assert.Equal(digests["main"], await empty.DigestAsync("main"));
        Assert.Equal(digests["open"], await empty.DigestAsync("open"));
        await empty.ForkAsync("of-the-tag", "main");
        var again = await empty.BackUpAsync();
        Assert.Equal(digests["main"], Convert.ToHexStringLower(Assert.Single(again.Items).Digest.Span));
        Assert.NotEqual(tagged, digests["main"]);
    }

    [Fact]
    public async Task A_restored_history_verifies_down_to_its_data_and_goes_on()
    {
        await using (var lost = await BackupLab.StartAsync(vault.Path))
        {
            await BackupScenes.PlayAsync(lost);
            await lost.AddPlanAsync(Everything, Everything);
            await lost.BackUpAsync();
        }

        await using var empty = await BackupLab.StartAsync(vault.Path, seed: 2);
        await empty.AddPlanAsync();
        var found = await empty.Backups.ImportBackupsAsync(new() { Parent = BackupLab.Plan }, empty.Options);
        await empty.RestoreAsync(found.Backups[0]);

        foreach (var branch in new[] { "main", "open" })
        {
            Assert.Equal("", await VerifyAsync(empty, branch));
        }

        await empty.ForkAsync("next");
        await BackupScenes.PutAsync(empty, "next", ("s1", 99, "z"));
        await empty.Recorder.AppendAsync("next", "eeg", 2);
        await empty.MergeAsync("next");
        Assert.Equal("", await VerifyAsync(empty, "main"));
    }

    [Fact]
    public async Task In_its_place_a_branch_is_archived_expires_and_belongs_to_whom_it_did()
    {
        await using (var lost = await BackupLab.StartAsync(vault.Path))
        {
            await BackupScenes.PlayAsync(lost);
            await lost.ForkAsync("later");
            await lost.ForkAsync("past");
            await lost.Branches.ArchiveBranchAsync(new() { Name = NameOf("open") }, lost.Options);
            await ExecuteAsync(
                lost,
                """
                UPDATE branching.branch SET owner = 'anna@lab', protected = false WHERE name = 'main';
                UPDATE branching.branch SET archive_time = '2026-01-02 03:04:05.678901Z' WHERE name = 'open';
                UPDATE branching.branch SET expire_time = '2999-01-02 03:04:05.678901Z' WHERE name = 'later';
                UPDATE branching.branch SET expire_time = '2026-01-02 03:04:05Z' WHERE name = 'past';
                """
            );
            await lost.AddPlanAsync(Everything);
            await lost.BackUpAsync();
        }

        await using var empty = await BackupLab.StartAsync(vault.Path, seed: 2);
        await empty.AddPlanAsync();
        var found = await empty.Backups.ImportBackupsAsync(new() { Parent = BackupLab.Plan }, empty.Options);
        await empty.RestoreAsync(found.Backups[0]);

        var main = await GetAsync(empty, "main");
        Assert.Equal(("anna@lab", false), (main.Owner, main.Protected));
        var open = await GetAsync(empty, "open");
        Assert.Equal(BranchState.Archived, open.State);
        Assert.Equal("2026-01-02T03:04:05.678901Z", JsonOf(open.ArchiveTime));
        var refused = await Assert.ThrowsAsync<RpcException>(() => BackupScenes.PutAsync(empty, "open", ("s1", 1, "")));
        Assert.Equal(ErrorReason.BranchNotWritable, ErrorStatus.FromRpcException(refused)!.Reason);
        Assert.Equal("2999-01-02T03:04:05.678901Z", JsonOf((await GetAsync(empty, "later")).ExpireTime));
        // As after it was undeleted: what was over does not take it away at once.
        Assert.Null((await GetAsync(empty, "past")).ExpireTime);

        // A copy beside it is another branch: it is open, and its owner says when it ends.
        var copies = await empty.RestoreAsync(found.Backups[0], "copy-", NameOf("open"), NameOf("later"));
        foreach (var name in copies.Branches)
        {
            var copy = (await empty.Branches.GetBranchAsync(new() { Name = name }, empty.Options)).Branch;
            Assert.Equal((BranchState.Active, null, null), (copy.State, copy.ArchiveTime, copy.ExpireTime));
        }
    }

    [Fact]
    public async Task Beside_what_it_was_made_of_a_restored_branch_is_a_copy_and_differs_in_nothing()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        await BackupScenes.PlayAsync(lab);
        await lab.AddPlanAsync(Everything);
        var backup = await lab.BackUpAsync();
        var before = await lab.DigestAsync("open");
        await BackupScenes.PutAsync(lab, "open", ("s1", 77, "late"));

        var result = await lab.RestoreAsync(backup, "restored-", $"{BackupLab.Project}/branches/open");

        Assert.Equal([$"{BackupLab.Project}/branches/restored-open"], result.Branches);
        Assert.Equal(before, await lab.DigestAsync("restored-open"));
        Assert.NotEqual(before, await lab.DigestAsync("open"));
        var made = await lab.Branches.GetBranchAsync(new() { Name = result.Branches[0] }, lab.Options);
        Assert.Equal(BranchKind.Restore, made.Branch.Kind);
    }

    [Fact]
    public async Task A_second_backup_of_what_did_not_change_adds_its_manifest_only()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        await BackupScenes.PlayAsync(lab);
        await lab.AddPlanAsync(Everything);
        var first = await lab.BackUpAsync();
        var objects = vault.Objects;

        var second = await lab.BackUpAsync();

        Assert.Equal(objects, vault.Objects);
        Assert.Equal(
            new FileInfo(
                Assert.Single(
                    vault.Manifests,
                    file => file.Contains(second.Name.Split('/')[^1], StringComparison.Ordinal)
                )
            ).Length,
            second.AddedBytes
        );
        Assert.InRange(second.AddedBytes, 1, first.AddedBytes / 2);
        Assert.Equal(first.Items.Select(item => item.Digest), second.Items.Select(item => item.Digest));
    }

    [Fact]
    public async Task A_deleted_backup_leaves_what_another_one_names_and_takes_the_rest_with_it()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        await BackupScenes.PlayAsync(lab);
        await lab.AddPlanAsync(Everything);
        var first = await lab.BackUpAsync();
        var shared = vault.Objects;
        await lab.Recorder.AppendAsync("open", "emg", 5);
        var second = await lab.BackUpAsync();
        Assert.NotEqual(shared.Count, vault.Objects.Count);

        await lab.Backups.DeleteBackupAsync(new() { Name = second.Name }, lab.Options);
        await SchedulerFixture.UntilAsync(() =>
            Task.FromResult(vault.Manifests.Count == 1 && vault.Objects.Count <= shared.Count)
        );

        Assert.Empty((await lab.CheckAsync(first)).Damages);
        await lab.Backups.DeleteBackupAsync(new() { Name = first.Name }, lab.Options);
        await SchedulerFixture.UntilAsync(() =>
            Task.FromResult(vault.Manifests.Count == 0 && vault.Objects.Count == 0)
        );
    }

    [Fact]
    public async Task A_name_that_is_taken_refuses_the_restore_before_anything_is_read()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        await BackupScenes.PlayAsync(lab);
        await lab.AddPlanAsync(Everything);
        var backup = await lab.BackUpAsync();

        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await lab.Backups.RestoreBackupAsync(new() { Name = backup.Name }, lab.Options)
        );

        Assert.Equal(ErrorReason.AlreadyExists, ErrorStatus.FromRpcException(refused)!.Reason);
        Assert.Contains("id_prefix", refused.Status.Detail, StringComparison.Ordinal);
        var taken = $"{BackupLab.Project}/branches/open";
        Assert.Contains("branch 'open' exists already", refused.Status.Detail, StringComparison.Ordinal);
        await lab.Branches.DeleteBranchAsync(new() { Name = taken, Purge = true }, lab.Options);
        var purged = await Assert.ThrowsAsync<RpcException>(async () =>
            await lab.Backups.RestoreBackupAsync(new() { Name = backup.Name, Items = { taken } }, lab.Options)
        );
        Assert.Contains(
            "branch 'open' is deleted for good, and its id is free after the next maintenance",
            purged.Status.Detail,
            StringComparison.Ordinal
        );
    }

    private static string NameOf(string branch) => $"{BackupLab.Project}/branches/{branch}";

    private static string? JsonOf(Google.Protobuf.WellKnownTypes.Timestamp? time) => time?.ToString().Trim('"');

    private static async Task<Branch> GetAsync(BackupLab lab, string branch) =>
        (await lab.Branches.GetBranchAsync(new() { Name = NameOf(branch) }, lab.Options)).Branch;

    private static async Task ExecuteAsync(BackupLab lab, string sql)
    {
        await using var command = lab.Database.Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>What verifying every commit and its data finds; empty: nothing.</summary>
    internal static async Task<string> VerifyAsync(BackupLab lab, string branch)
    {
        var request = new VerifyHistoryRequest
        {
            Parent = $"{BackupLab.Project}/branches/{branch}",
            IncludeData = true,
        };
        var found = "nothing was verified";
        using var call = lab.History.VerifyHistory(request, lab.Options);
        while (await call.ResponseStream.MoveNext(Token))
        {
            found = call.ResponseStream.Current.HistoryBreak?.Problem ?? "";
        }

        return found;
    }
}
