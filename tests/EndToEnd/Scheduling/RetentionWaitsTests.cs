using Dendrite.SchedulerService.Tests.Outbound;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Http;

namespace Dendrite.EndToEnd.Scheduling;

/// <summary>Branches that jobs work on are not taken before these have ended, and are taken then.</summary>
[Collection<NightShiftCollection>]
public sealed class RetentionWaitsTests(NightShift night)
{
    private readonly NightData data = new(night);
    private readonly NightJobs jobs = new(night);

    [Fact]
    public async Task A_branch_that_a_sync_writes_to_waits_for_its_end()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var site = await StartAsync(gate.Task);
        var source = await CreateSourceAsync("synced", $"{site.Address}items");
        var pulling = await jobs.BeginAsync("wait-sync", new() { SyncSource = source });
        await NightShift.UntilAsync(() => Task.FromResult(!site.Requests.IsEmpty));

        Assert.Contains("a run of job 'wait-sync' works on it", await CleanAsync("clean-1", "synced"));
        Assert.False(await data.IsDeletedAsync("synced"));

        gate.SetResult();
        Assert.Equal(RunState.Succeeded, (await jobs.EndAsync(pulling)).State);
        await CleanAsync("clean-2", "synced");
        Assert.True(await data.IsDeletedAsync("synced"));
    }

    [Fact]
    public async Task A_branch_that_a_backfill_writes_to_waits_for_its_end()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var site = await StartAsync(gate.Task);
        var source = await CreateSourceAsync("filled", $"{site.Address}items?a={{since}}&b={{until}}");
        var sync = new SyncService.SyncServiceClient(night.Open(night.Schedulers[0]));
        var from = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var range = new TimeRange { StartTime = from.ToTimestamp(), EndTime = from.AddDays(1).ToTimestamp() };
        await sync.BackfillSyncAsync(new() { Name = source, Range = range }, NightShift.Options);
        await NightShift.UntilAsync(() => Task.FromResult(!site.Requests.IsEmpty));

        Assert.Contains("a backfill of source 'filled' writes to it", await CleanAsync("clean-3", "filled"));

        gate.SetResult();
        await NightShift.UntilAsync(async () => await CountUnendedAsync("BackfillSync") == 0);
        await CleanAsync("clean-4", "filled");
        Assert.True(await data.IsDeletedAsync("filled"));
    }

    [Fact]
    public async Task A_branch_that_is_to_be_backed_up_waits_for_the_end_of_the_backup()
    {
        await data.ForkAsync("copied", sort: "copied");
        await data.ExpireAsync("copied");
        var backups = new BackupService.BackupServiceClient(night.Open(night.Schedulers[0]));
        var plan = new CreateBackupPlanRequest
        {
            Parent = NightShift.Project,
            BackupPlanId = "copies",
            BackupPlan = new() { BranchFilter = "labels.sort = \"copied\"", Store = "vault" },
        };
        var name = (await backups.CreateBackupPlanAsync(plan, NightShift.Options)).BackupPlan.Name;
        // Somebody sweeps the store, so the backup waits.
        await night.CountAsync(
            $"""
            WITH swept AS (
                INSERT INTO scheduling.backup_sweep (project_id, store, holder, lease_until)
                VALUES ({night.Id.Value}, 'vault', 'a test', 'infinity')
                ON CONFLICT (project_id, store) DO UPDATE SET holder = 'a test', lease_until = 'infinity' RETURNING 1
            )
            SELECT count(*) FROM swept
            """
        );
        var copying = await jobs.BeginAsync("wait-copy", new() { BackupPlan = name });
        await NightShift.UntilAsync(async () => await CountUnendedAsync("StartBackup") == 1);

        Assert.Contains("a run of job 'wait-copy' works on it", await CleanAsync("clean-5", "copied"));
        Assert.False(await data.IsDeletedAsync("copied"));

        await night.CountAsync(
            """
            WITH gone AS (DELETE FROM scheduling.backup_sweep WHERE holder = 'a test' RETURNING 1)
            SELECT count(*) FROM gone
            """
        );
        Assert.Equal(RunState.Succeeded, (await jobs.EndAsync(copying)).State);
        await CleanAsync("clean-6", "copied");
        Assert.True(await data.IsDeletedAsync("copied"));
    }

    /// <summary>Runs retention.</summary>
    /// <returns>What it says of a branch.</returns>
    private async Task<string> CleanAsync(string job, string branch)
    {
        var run = await jobs.EndAsync(await jobs.BeginAsync(job, new() { Retention = new() }));
        Assert.True(run.State == RunState.Succeeded, run.ToString());
        var lines = run.Report.Fields["branches"].ListValue.Values.Select(line => line.StructValue.Fields);
        return lines.Single(line => line["name"].StringValue == NightData.NameOf(branch))["reason"].StringValue;
    }

    private Task<long> CountUnendedAsync(string method) =>
        night.CountAsync(
            $"SELECT count(*) FROM branching.operation WHERE method LIKE '%/{method}' AND end_time IS NULL"
        );

    /// <summary>A source into a branch of the same name, whose time has passed.</summary>
    private async Task<string> CreateSourceAsync(string branch, string url)
    {
        await data.ForkAsync(branch);
        var source = new SyncSource
        {
            Dataset = await data.CreateItemsAsync(branch),
            Http = new() { Url = url, Format = HttpFormat.Json },
            Incremental = new() { ChangedField = "updated_at" },
        };
        var made = await data.CreateSourceAsync(branch, source);
        await data.ExpireAsync(branch);
        return made.Name;
    }

    /// <summary>A server that answers with one item once it is let.</summary>
    private static Task<TestSite> StartAsync(Task gate) =>
        TestSite.StartAsync(async context =>
        {
            await gate.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("""[{"id": "a", "updated_at": "2026-01-01T00:00:00Z"}]""");
        });
}
