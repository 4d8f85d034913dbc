using Dendrite.SchedulerService.Tests.Backups;
using Dendrite.Storage;
using Dendrite.Storage.Backups;
using Dendrite.Storage.Snapshots;
using Dendrite.V1;
using Google.Protobuf;
using Npgsql;

namespace Dendrite.EndToEnd.Scheduling.Kills;

/// <summary>
/// A backup and its restore whose replicas are killed in the midst of it: each is done, once, and digests are equal.
/// </summary>
[Collection<NightShiftCollection>]
public sealed class KilledBackupTests(NightShift night)
{
    private const string Plan = $"{NightShift.Project}/backupPlans/nightly";
    private const int Blocks = 4;

    /// <summary>Objects between two kills at most; each branch has some six.</summary>
    private const int MostObjects = 15;

    private const int BranchesPerKill = 8;

    private static readonly string[] Operations = ["StartBackup", "RestoreBackup"];

    private readonly NightData data = new(night);

    private BackupService.BackupServiceClient Backups => new(night.Open(night.Schedulers[0]));

    private string Objects => Path.Combine(night.Vault, "lab");

    private string OfLab => $"project_id = {night.Id.Value}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_again_and_again_a_backup_and_its_restore_are_whole_and_made_once()
    {
        var plan = KillPlan.FromEnvironment(task: 2);
        var names = await RecordAsync(BranchesPerKill * (plan.Kills + 1));
        var digests = await DigestAsync(names);

        var backup = await BackUpAsync(plan);
        Assert.Equal(
            names.Zip(digests),
            backup.Items.Select(item => (item.Resource.Split('/')[^1], Convert.ToHexStringLower(item.Digest.Span)))
        );
        Assert.Equal(0, await night.CountAsync($"SELECT count(*) FROM scheduling.backup_hold WHERE {OfLab}"));

        await RestoreAsync(plan, backup);
        Assert.Equal(digests, await DigestAsync([.. names.Select(name => $"r-{name}")]));
        Assert.Equal(["done"], await night.ListAsync($"SELECT state FROM scheduling.restore WHERE {OfLab}"));
        // No branch and no row that a dying attempt had brought was brought again.
        foreach (var rows in new[] { "branching.timeline", "branching.commit", "signals.block", "records.row" })
            Assert.Equal(await CountAsync(rows, "b"), await CountAsync(rows, "r-b"));
    }

    private async Task<Backup> BackUpAsync(KillPlan plan)
    {
        await Backups.CreateBackupPlanAsync(
            new()
            {
                Parent = NightShift.Project,
                BackupPlanId = "nightly",
                BackupPlan = new()
                {
                    BranchFilter = "labels.sort = \"kept\"",
                    Store = "vault",
                    Verify = true,
                },
            },
            NightShift.Options
        );
        var jobs = new NightJobs(night);
        var begun = await jobs.BeginAsync("back-up", new() { BackupPlan = Plan });
        await new Hangman(night).KillAsync(
            plan.List(MostObjects),
            () => Task.FromResult((long)CountObjects()),
            // The operation's worker, and who waits for it on behalf of the run.
            $"{WorkersOf(Operations[0])} UNION ALL {NightJobs.WorkersOf("back-up")}"
        );
        await jobs.AssertOnceAsync(await jobs.EndAsync(begun));
        var listed = await Backups.ListBackupsAsync(new() { Parent = Plan }, NightShift.Options);
        var backup = Assert.Single(listed.Backups);
        var check = await Backups.CheckBackupAsync(new() { Name = backup.Name }, NightShift.Options);
        Assert.Empty((await EndAsync<BackupVerification>(check.Operation)).Damages);
        return backup;
    }

    private async Task RestoreAsync(KillPlan plan, Backup backup)
    {
        var request = new RestoreBackupRequest { Name = backup.Name, IdPrefix = "r-" };
        var begun = await Backups.RestoreBackupAsync(request, NightShift.Options);
        await new Hangman(night).KillAsync(
            plan.List(MostObjects),
            () => night.CountAsync($"SELECT count(*) FROM scheduling.restore_chunk WHERE {OfLab}"),
            WorkersOf(Operations[1])
        );
        var result = await EndAsync<RestoreResult>(begun.Operation);
        Assert.True(result.DigestsEqual);
    }

    /// <summary>Rows in the timelines of the branches of a prefix.</summary>
    private Task<long> CountAsync(string rows, string prefix) =>
        night.CountAsync(
            $"""
            SELECT count(*) FROM {rows} WHERE timeline_id IN (
                SELECT timeline_id FROM branching.branch WHERE name ~ '^{prefix}[0-9]+$')
            """
        );

    /// <summary>Who works on an operation; nobody once it has ended.</summary>
    private static string WorkersOf(string method) =>
        $"SELECT worker FROM branching.operation WHERE method LIKE '%/{method}' AND end_time IS NULL";

    private int CountObjects() =>
        Directory.Exists(Objects)
            ? Directory.EnumerateFiles(Objects, "*", SearchOption.AllDirectories).Count(file => !file.Contains(".new-"))
            : 0;

    /// <summary>Branches, each with a recording and records of its own.</summary>
    private async Task<IReadOnlyList<string>> RecordAsync(int count)
    {
        await using var ingest = NpgsqlDataSource.Create(night.ConnectionString("dendrite_ingest"));
        var recorder = new BackupRecorder(night.Id, new(ingest), seed: 1);
        var names = Enumerable.Range(0, count).Select(i => $"b{i:D3}").ToList();
        foreach (var name in names)
        {
            await data.ForkAsync(name, sort: "kept");
            await recorder.AppendAsync(name, "eeg", Blocks);
            await data.CreateItemsAsync(name);
            await data.PutItemAsync(name, name);
        }

        return names;
    }

    private async Task<IReadOnlyList<string>> DigestAsync(IReadOnlyList<string> branches)
    {
        await using var role = NpgsqlDataSource.Create(night.ConnectionString("dendrite_branch"));
        var database = new PlatformDatabase(role);
        var digests = new List<string>();
        foreach (var branch in branches)
        {
            var head = Dendrite.Storage.Snapshots.SnapshotPoint.Head;
            var seen = await new SnapshotReader(database).ReadAsync(night.Id, branch, head, Token);
            var digest = await new ContentDigester(database).ComputeAsync(night.Id, seen.Snapshot, Token);
            digests.Add(Convert.ToHexStringLower(digest));
        }

        return digests;
    }

    private async Task<T> EndAsync<T>(Operation operation)
        where T : IMessage<T>, new()
    {
        var operations = new OperationService.OperationServiceClient(night.Open(night.Comparison));
        while (operation.EndTime is null)
        {
            var wait = new WaitOperationRequest { Name = operation.Name };
            operation = (await operations.WaitOperationAsync(wait, NightShift.Options)).Operation;
        }

        Assert.True(operation.State == OperationState.Succeeded, operation.Error?.Message);
        return operation.Response.Unpack<T>();
    }
}
