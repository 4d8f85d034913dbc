using Dendrite.Cli.Hosting;
using Dendrite.SchedulerService.Tests.Outbound;
using Dendrite.V1;
using Microsoft.AspNetCore.Http;

namespace Dendrite.EndToEnd.Scheduling;

/// <summary><c>dendrite job | policy | source | alert | backup | restore</c> against the running platform.</summary>
[Collection<NightShiftCollection>]
public sealed class NightCommandTests(NightShift night)
{
    [Fact]
    public async Task Jobs_are_made_run_with_their_log_listed_paused_and_deleted()
    {
        var cli = await NightCli.InNewProjectAsync(night, "of-jobs");
        Assert.Contains("job tidy  active", await cli.DoAsync("job create tidy --task maintenance"));
        Assert.Contains("No runs.", await cli.DoAsync("job runs tidy"));
        await cli.RefusedAsync(ExitCode.Conflict, "job create tidy --task maintenance", "tidy");
        await cli.RefusedAsync(ExitCode.NotFound, "job create x --task sync:none", "make the source first");
        await cli.RefusedAsync(ExitCode.Usage, "job create x --task sleep", "sleep");
        await cli.RefusedAsync(ExitCode.NotFound, "job show x", "'x'");

        var followed = await cli.DoAsync("job run tidy --follow");
        Assert.Contains("succeeded", followed);
        Assert.Contains("branches_purged: 0", followed);
        var dry = await cli.DoAsync("job run tidy --dry-run --follow");
        Assert.Contains("(dry run)", dry);
        var runs = (await cli.ReadAsync<ListRunsResponse>("job runs tidy")).Runs;
        Assert.Equal([true, false], runs.Select(run => run.DryRun));
        Assert.Matches("RUN +", await cli.DoAsync("job runs tidy"));
        await cli.DoAsync($"job log tidy/{IdOf(runs[0].Name)}");

        Assert.Contains("paused: holidays", await cli.DoAsync("job pause tidy --reason holidays"));
        Assert.Contains("tidy", await cli.DoAsync(["job", "list", "--filter", "state = PAUSED"]));
        Assert.Contains("active", await cli.DoAsync("job resume tidy"));
        Assert.Contains("healthy", await cli.DoAsync("job health"));
        Assert.Contains("Deleted projects/of-jobs/jobs/tidy.", await cli.DoAsync("job delete tidy"));
        await cli.RefusedAsync(ExitCode.NotFound, "job run tidy", "tidy");
        await cli.DoAsync("job delete tidy --missing-ok");
    }

    [Fact]
    public async Task A_run_that_goes_on_is_followed_and_cancelled_and_a_source_is_pulled_and_looked_at()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var site = await TestSite.StartAsync(async context =>
        {
            await gate.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("""[{"id": "a", "value": 1}, {"id": "b", "value": "x"}]""");
        });
        var cli = await NightCli.InNewProjectAsync(night, "of-sources");
        Assert.Contains("There is no source", await cli.DoAsync("source list"));
        await cli.DoAsync("branch create study");
        await cli.DoAsync(["dataset", "create", "items", "--branch", "study", "--schema", await SchemaAsync()]);
        var made = $"source create late --dataset items --branch study --url {site.Address}items --attempts 1";
        Assert.Contains("last batch never", await cli.DoAsync(made));
        await cli.RefusedAsync(ExitCode.Conflict, made, "late");

        await cli.DoAsync("job create pull --task sync:late");
        await using (var following = cli.Begin("job", "run", "pull", "--follow"))
        {
            following.Start();
            await NightShift.UntilAsync(() => Task.FromResult(!site.Requests.IsEmpty));
            var run = Assert.Single((await cli.ReadAsync<ListRunsResponse>("job runs pull")).Runs);
            Assert.Equal(RunState.Running, run.State);
            await cli.DoAsync($"job cancel pull/{IdOf(run.Name)} --reason enough");
            await NightShift.UntilAsync(() => Task.FromResult(following.HasEnded));
            Assert.Contains("cancelled", following.Log);
            Assert.Contains("enough", following.Log);
        }

        gate.SetResult();
        var pulled = await cli.RunAsync("source", "sync", "late");
        Assert.Contains("dead letters: 1", pulled.Said);
        Assert.Contains("\"x\"", await cli.DoAsync("source dead-letters late"));
        Assert.Contains("1 dead letter", await cli.DoAsync("source show late"));
        Assert.Contains("late", await cli.DoAsync("source list"));
        await cli.RefusedAsync(ExitCode.Conflict, "source delete late", "is named by job 'pull'");
        await cli.DoAsync("job delete pull");
        await cli.DoAsync("source delete late");
        await cli.RefusedAsync(ExitCode.NotFound, "source show late", "late");
    }

    [Fact]
    public async Task Policies_are_made_previewed_changed_and_deleted_and_what_is_too_broad_is_refused()
    {
        var cli = await NightCli.InNewProjectAsync(night, "of-policies");
        await cli.DoAsync("branch create old --label sort=trial");
        Assert.Matches("completed +7 d", await cli.DoAsync("policy list"));
        await cli.DoAsync(["policy", "create", "trials", "--keep", "1d", "--filter", "labels.sort = \"trial\""]);
        await cli.RefusedAsync(ExitCode.Usage, "policy create all --keep 5m --filter kind=MAIN", "never taken");
        await cli.RefusedAsync(ExitCode.Conflict, "policy create all --keep 5m", "less than a day");
        Assert.Contains("1 go", await cli.DoAsync("policy preview --policy trials --at 2999-01-01"));
        Assert.Contains("1 d before", await cli.DoAsync("policy update trials --keep 7d --warn-before 1d"));
        await cli.DoAsync("policy delete trials");
        foreach (var policy in new[] { "completed", "failed", "tagged" })
            await cli.DoAsync($"policy delete {policy}");
        Assert.Contains("There is no policy", await cli.DoAsync("policy list"));
        await cli.RefusedAsync(ExitCode.NotFound, "policy show trials", "trials");
    }

    [Fact]
    public async Task Rules_are_made_tried_changed_and_deleted()
    {
        await using var site = await TestSite.StartAsync(_ => Task.CompletedTask);
        var cli = await NightCli.InNewProjectAsync(night, "of-alerts");
        Assert.Contains("There is no rule", await cli.DoAsync("alert rule list"));
        Assert.Contains("No alert.", await cli.DoAsync("alert list"));
        var hook = $"--webhook {site.At("/hook")} --signing-secret hook-key";
        await cli.DoAsync($"alert rule create slow --metric queued-runs --above 50 --hold 5m {hook}");
        await cli.DoAsync($"alert rule create ending --metric warned-branches --above 0 {hook}");
        await cli.RefusedAsync(
            ExitCode.Usage,
            "alert rule create mail --metric queued-runs --above 1 --email a@example.org",
            "Scheduler:Smtp:Host"
        );
        await cli.RefusedAsync(
            ExitCode.Usage,
            "alert rule create far --metric queued-runs --above 1 --webhook https://10.0.0.1 --signing-secret hook-key",
            "10.0.0.1"
        );
        Assert.Matches("hook +sent", await cli.DoAsync("alert rule test slow"));
        Assert.Equal(["/hook"], site.Requests);
        Assert.Contains("(disabled)", await cli.DoAsync("alert rule update slow --disabled"));
        Assert.Matches("ending +warned-branches above 0", await cli.DoAsync("alert rule list"));
        Assert.Contains("healthy", await cli.DoAsync("alert health"));
        await cli.DoAsync("alert rule delete slow");
        await cli.RefusedAsync(ExitCode.NotFound, "alert rule show slow", "slow");
    }

    [Fact]
    public async Task Backups_are_planned_made_checked_restored_and_deleted()
    {
        var cli = await NightCli.InNewProjectAsync(night, "of-backups");
        Assert.Contains("No backup plans.", await cli.DoAsync("backup plan list"));
        await cli.DoAsync("branch create study");
        string[] plan = ["backup", "plan", "create", "nightly", "--store", "vault", "--verify"];
        await cli.DoAsync([.. plan, "--branches", "branch_id = \"study\""]);
        await cli.RefusedAsync(ExitCode.Usage, "backup plan create x --store nowhere --branches kind=MAIN", "nowhere");
        Assert.Contains("No backups yet.", await cli.DoAsync("backup list nightly"));
        await cli.RefusedAsync(ExitCode.NotFound, "backup start none", "none");

        Assert.Contains("branch study", await cli.DoAsync("backup start nightly"));
        var made = Assert.Single((await cli.ReadAsync<ListBackupsResponse>("backup list nightly")).Backups);
        var backup = $"nightly/{IdOf(made.Name)}";
        Assert.Contains(IdOf(made.Name), await cli.DoAsync("backup list nightly"));
        Assert.Contains("verified", await cli.DoAsync($"backup show {backup}"));
        Assert.Contains("every digest is that of the backup", await cli.DoAsync($"backup check {backup}"));
        await cli.RefusedAsync(ExitCode.Conflict, $"restore {backup}", "--prefix");
        await cli.RefusedAsync(ExitCode.Usage, $"restore {backup} --branch other --prefix r-", "other");
        Assert.Contains("restored  branch r-study", await cli.DoAsync($"restore {backup} --prefix r-"));
        Assert.Contains("r-study", await cli.DoAsync("branch list"));
        await cli.RefusedAsync(ExitCode.Usage, "restore", "Name a backup");
        await cli.RefusedAsync(ExitCode.NotFound, "restore --store vault --plan yearly", "holds no backup");

        await cli.DoAsync($"backup delete {backup}");
        await cli.RefusedAsync(ExitCode.NotFound, $"backup show {backup}", IdOf(made.Name));
        await cli.DoAsync("backup plan delete nightly");
    }

    private static async Task<string> SchemaAsync()
    {
        var file = Path.Combine(Path.GetTempPath(), $"dendrite-items-{Environment.ProcessId}.json");
        const string Schema = """
            {"keyColumns": ["id"],
             "columns": [{"column": "id", "type": "COLUMN_TYPE_TEXT"},
                         {"column": "value", "type": "COLUMN_TYPE_DECIMAL"}]}
            """;
        await File.WriteAllTextAsync(file, Schema, TestContext.Current.CancellationToken);
        return file;
    }

    private static string IdOf(string name) => name[(name.LastIndexOf('/') + 1)..];
}
