using Dendrite.V1;
using Grpc.Core;

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
    internal static async Task<Run> RunAsync(BackupLab lab, string id, JobTask task)
    {
        var job = new Job
        {
            Task = task,
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
        Run? now = null;
        await SchedulerFixture.UntilAsync(async () =>
        {
            now = (await lab.Jobs.GetRunAsync(new() { Name = begun.Run.Name }, lab.Options)).Run;
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
