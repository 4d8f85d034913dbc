using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Npgsql;

namespace Dendrite.SchedulerService.Tests.Backups;

public sealed class BackupJobTests : IDisposable
{
    private readonly VaultFolder vault = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => vault.Dispose();

    [Fact]
    public async Task A_job_makes_a_backup_and_a_drill_proves_it_and_leaves_nothing_behind()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        await BackupScenes.PlayAsync(lab);
        await lab.AddPlanAsync();
        var made = await RunAsync(lab, "backup", new JobTask { BackupPlan = BackupLab.Plan });
        Assert.True(made.State == RunState.Succeeded, made.Message());
        Assert.Equal(1, made.Results["items"]);

        var proved = await RunAsync(lab, "drill", new JobTask { RestoreDrill = BackupLab.Plan });

        Assert.True(proved.State == RunState.Succeeded, proved.Message());
        var page = await lab.Branches.ListBranchesAsync(new() { Parent = BackupLab.Project }, lab.Options);
        Assert.Equal(["main", "open", "second"], page.Branches.Select(branch => branch.Name.Split('/')[^1]));
    }

    [Fact]
    public async Task A_drill_of_a_damaged_backup_fails_and_names_the_object()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        await BackupScenes.PlayAsync(lab);
        await lab.AddPlanAsync();
        await lab.BackUpAsync();
        var file = vault.Objects[0];
        var content = await File.ReadAllBytesAsync(file, Token);
        content[^1] ^= 1;
        await File.WriteAllBytesAsync(file, content, Token);

        var failed = await RunAsync(lab, "drill", new JobTask { RestoreDrill = BackupLab.Plan });

        Assert.Equal(RunState.Failed, failed.State);
        Assert.Contains(vault.KeyOf(file), failed.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_was_away_costs_an_attempt_and_a_retry_finds_it_again()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        await BackupScenes.PlayAsync(lab);
        await lab.AddPlanAsync();
        vault.TakeAway();
        var policy = new JobPolicy { MaxAttempts = 2, InitialBackoff = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)) };
        var failed = await RunAsync(lab, "backup", new JobTask { BackupPlan = BackupLab.Plan }, policy);
        Assert.Equal((RunState.Failed, 2), (failed.State, failed.Attempts.Count));
        Assert.All(failed.Attempts, attempt => Assert.Equal((int)StatusCode.Unavailable, attempt.Error.Code));

        vault.BringBack();
        await lab.Jobs.RetryRunAsync(new() { Name = failed.Name }, lab.Options);
        var made = await EndAsync(lab, failed.Name);

        Assert.True(made.State == RunState.Succeeded, made.Message());
        Assert.Single(vault.Manifests);
    }

    [Fact]
    public async Task A_drill_that_failed_is_retried_with_the_newest_backup()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        await BackupScenes.PlayAsync(lab);
        await lab.AddPlanAsync();
        var damaged = await lab.BackUpAsync();
        foreach (var manifest in vault.Manifests)
            File.Delete(manifest);
        var failed = await RunAsync(lab, "drill", new JobTask { RestoreDrill = BackupLab.Plan });
        Assert.Equal((RunState.Failed, 1), (failed.State, failed.Attempts.Count));

        // Names tell the second: of two within one either may be the newest.
        while (string.CompareOrdinal((await lab.BackUpAsync()).Name, damaged.Name) < 0) { }
        await lab.Jobs.RetryRunAsync(new() { Name = failed.Name }, lab.Options);
        var proved = await EndAsync(lab, failed.Name);

        Assert.True(proved.State == RunState.Succeeded, proved.Message());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_backup_ends_with_its_run_that_is_cancelled_or_deleted_between_attempts(bool deleted)
    {
        await using var lab = await BackupLab.StartAsync(
            new Dictionary<string, string?>
            {
                ["Backups:Stores:vault:Folder"] = vault.Path,
                ["Scheduler:ReconcileInterval"] = "00:00:00.2",
            }
        );
        // An attempt that takes too long is one.
        lab.Scheduler.Logs.ExpectErrors(entry => entry.Id.Id == 5024);
        await BackupScenes.PlayAsync(lab);
        await lab.AddPlanAsync();
        // The backup waits for this, while the attempts of its run end.
        await using var connection = await lab.Database.Owner.OpenConnectionAsync(Token);
        await using var held = await connection.BeginTransactionAsync(Token);
        await using (var hold = new NpgsqlCommand("LOCK TABLE scheduling.backup_hold", connection, held))
            await hold.ExecuteNonQueryAsync(Token);
        var policy = new JobPolicy
        {
            Timeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(2)),
            InitialBackoff = Duration.FromTimeSpan(TimeSpan.FromHours(1)),
        };
        var task = new JobTask { BackupPlan = BackupLab.Plan };
        var run = await BeginAsync(lab, "backup", task, policy);
        await SchedulerFixture.UntilAsync(async () =>
            (await lab.Jobs.GetRunAsync(new() { Name = run }, lab.Options)).Run.State == RunState.Waiting
        );
        Assert.Equal(V1.OperationState.Running, (await OperationAsync(lab)).State);

        if (deleted)
            await lab.Jobs.DeleteJobAsync(new() { Name = $"{BackupLab.Project}/jobs/backup" }, lab.Options);
        else
            await lab.Jobs.CancelRunAsync(new() { Name = run }, lab.Options);

        await SchedulerFixture.UntilAsync(async () => (await OperationAsync(lab)).State == V1.OperationState.Cancelled);
        await held.RollbackAsync(Token);
        if (!deleted)
            Assert.Equal(RunState.Cancelled, (await EndAsync(lab, run)).State);
        Assert.Empty(vault.Manifests);
    }

    [Fact]
    public async Task A_plan_that_jobs_name_stays_until_they_do_no_more()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        await lab.AddPlanAsync();
        JobTask[] tasks = [new() { BackupPlan = BackupLab.Plan }, new() { RestoreDrill = BackupLab.Plan }];
        for (var i = 0; i < tasks.Length; i++)
        {
            var job = new Job { Task = tasks[i] };
            await lab.Jobs.CreateJobAsync(
                new()
                {
                    Parent = BackupLab.Project,
                    JobId = $"user-{i}",
                    Job = job,
                },
                lab.Options
            );
        }

        var request = new DeleteBackupPlanRequest { Name = BackupLab.Plan };
        var used = await Assert.ThrowsAsync<RpcException>(async () =>
            await lab.Backups.DeleteBackupPlanAsync(request, lab.Options)
        );
        Assert.Equal(StatusCode.FailedPrecondition, used.StatusCode);
        Assert.Contains("is named by job 'user-0', job 'user-1'", used.Status.Detail, StringComparison.Ordinal);
        for (var i = 0; i < tasks.Length; i++)
            await lab.Jobs.DeleteJobAsync(new() { Name = $"{BackupLab.Project}/jobs/user-{i}" }, lab.Options);
        await lab.Backups.DeleteBackupPlanAsync(request, lab.Options);
    }

    /// <summary>Makes a job, and runs it to its end.</summary>
    internal static async Task<Run> RunAsync(BackupLab lab, string id, JobTask task, JobPolicy? policy = null) =>
        await EndAsync(lab, await BeginAsync(lab, id, task, policy));

    private static async Task<Operation> OperationAsync(BackupLab lab) =>
        (await lab.Operations.ListOperationsAsync(new() { Parent = BackupLab.Project }, lab.Options)).Operations.Single(
            operation => operation.Method.EndsWith("/StartBackup", StringComparison.Ordinal)
        );

    private static async Task<string> BeginAsync(BackupLab lab, string id, JobTask task, JobPolicy? policy)
    {
        var job = new Job
        {
            Task = task,
            Policy = policy,
            Schedule = new Schedule
            {
                Cron = new CronTrigger { Expression = "0 3 * * *", TimeZone = "UTC" },
            },
        };
        await lab.Jobs.CreateJobAsync(
            new()
            {
                Parent = BackupLab.Project,
                JobId = id,
                Job = job,
            },
            lab.Options
        );
        var begun = await lab.Jobs.RunJobAsync(new() { Name = $"{BackupLab.Project}/jobs/{id}" }, lab.Options);
        return begun.Run.Name;
    }

    private static async Task<Run> EndAsync(BackupLab lab, string run)
    {
        Run? now = null;
        await SchedulerFixture.UntilAsync(async () =>
        {
            now = (await lab.Jobs.GetRunAsync(new() { Name = run }, lab.Options)).Run;
            return now.EndTime is not null;
        });
        return now!;
    }
}

internal static class RunMessage
{
    /// <summary>All that a run says of itself.</summary>
    public static string Message(this Run run) => run.ToString();
}
