using Dendrite.SchedulerService.Backups.Sweeping;
using Dendrite.Storage.Backups;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Retention;
using Dendrite.V1;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Dendrite.SchedulerService.Tests.Backups;

/// <summary>
/// What a replica that dies leaves is what these put there: rows of an operation that nobody works on any more, with as
/// much done as it had done.
/// </summary>
public sealed class BackupCrashTests : IDisposable
{
    private readonly VaultFolder vault = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => vault.Dispose();

    [Fact]
    public async Task A_backup_begun_again_holds_the_state_of_the_instant_at_which_it_was_begun_first()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        await BackupScenes.PlayAsync(lab);
        await lab.AddPlanAsync("branch_id = \"open\"");
        var first = await lab.BackUpAsync();
        var digest = await lab.DigestAsync("open");
        // As if its replica had died before its manifest was written, with some of its objects stored.
        await RewindAsync(lab, "StartBackup");
        await BackupScenes.PutAsync(lab, "open", ("s1", 99, "later"));
        File.Delete(vault.Manifests[0]);
        foreach (var file in vault.Objects.Where((_, i) => i % 2 == 0))
        {
            File.Delete(file);
        }

        await ResumeAsync(lab, "StartBackup");
        await SchedulerFixture.UntilAsync(() => Task.FromResult(vault.Manifests.Count == 1));
        await DoneAsync(lab, "StartBackup");

        var page = await lab.Backups.ListBackupsAsync(new() { Parent = BackupLab.Plan }, lab.Options);
        var again = Assert.Single(page.Backups);
        Assert.Equal(first.Name, again.Name);
        Assert.Equal(digest, Convert.ToHexStringLower(again.Items[0].Digest.Span));
        Assert.Empty((await lab.CheckAsync(again)).Damages);
        Assert.Equal(0, await CountAsync(lab, "scheduling.backup_hold"));
    }

    [Fact]
    public async Task A_restore_begun_again_is_whole_and_nothing_is_there_twice()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        await BackupScenes.PlayAsync(lab);
        await lab.AddPlanAsync("branch_id = \"open\"");
        var backup = await lab.BackUpAsync();
        var request = new RestoreBackupRequest { Name = backup.Name, IdPrefix = "r-" };
        // As if a replica had died with some numbers handed out, and the operation were anybody's again.
        await ExecuteAsync(
            lab,
            $"""
            SELECT scheduling.begin_restore('crashed', array_agg(v.owner_timeline_id))
            FROM branching.branch b CROSS JOIN branching.vector_at_head(b.timeline_id) v WHERE b.name = 'open';
            SELECT scheduling.restore_versions('crashed', ARRAY(
                SELECT c.version FROM branching.commit c JOIN scheduling.restore_timeline r
                    ON r.source_timeline_id = c.timeline_id ORDER BY c.version LIMIT 3));
            INSERT INTO branching.operation (project_id, operation_id, method, request, state, creator, attempt)
            SELECT project_id, 'crashed', 'dendrite.v1.BackupService/RestoreBackup',
                decode('{Convert.ToHexString(request.ToByteArray())}', 'hex'), 'pending', 'tests', 1
            FROM branching.project;
            """
        );

        await DoneAsync(lab, "RestoreBackup");

        Assert.Equal(await lab.DigestAsync("open"), await lab.DigestAsync("r-open"));
        var commits = "branching.commit c JOIN branching.branch b ON b.timeline_id = c.timeline_id WHERE b.name = ";
        Assert.Equal(await CountAsync(lab, commits + "'open'"), await CountAsync(lab, commits + "'r-open'"));
    }

    [Fact]
    public async Task What_a_broken_backup_left_is_removed_and_whole_ones_stay()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        await BackupScenes.PlayAsync(lab);
        await lab.AddPlanAsync("branch_id = \"open\"");
        var whole = await lab.BackUpAsync();
        var kept = vault.Objects;
        var orphan = Path.Combine(vault.Path, "lab", "objects", "ff", new string('f', 64));
        Directory.CreateDirectory(Path.GetDirectoryName(orphan)!);
        await File.WriteAllBytesAsync(orphan, [1, 2, 3], Token);
        await ExecuteAsync(
            lab,
            """
            INSERT INTO scheduling.backup (project_id, plan_name, name, store, operation_id, state, create_time)
            SELECT project_id, plan_name, 'broken', store, 'gone', 'running', now() FROM scheduling.backup
            """
        );

        lab.Scheduler.App.Services.GetRequiredService<BackupCleaner>().Wake();
        await SchedulerFixture.UntilAsync(() => Task.FromResult(!File.Exists(orphan)));

        Assert.Equal(kept, vault.Objects);
        Assert.Empty((await lab.CheckAsync(whole)).Damages);
    }

    [Fact]
    public async Task What_a_restore_brought_goes_when_its_operation_is_over_and_stays_while_it_is_not()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        // As if one had been cancelled between two attempts, one forgotten since, and a replica were at the third.
        await ExecuteAsync(
            lab,
            """
            SELECT scheduling.begin_restore(id, ARRAY[7]) FROM unnest(ARRAY['cancelled', 'forgotten', 'working']) AS id;
            INSERT INTO branching.operation (
                project_id, operation_id, method, request, state, creator, attempt, lease_until, end_time, error)
            SELECT project_id, id, 'dendrite.v1.BackupService/RestoreBackup', '', state, 'tests', 1, lease, ended, error
            FROM branching.project, (VALUES
                ('cancelled', 'cancelled', NULL, now(), ''::bytea),
                ('working', 'running', 'infinity'::timestamptz, NULL, NULL)
            ) AS operation (id, state, lease, ended, error);
            """
        );

        lab.Scheduler.App.Services.GetRequiredService<BackupCleaner>().Wake();
        await SchedulerFixture.UntilAsync(async () =>
            await CountAsync(lab, "scheduling.restore WHERE state = 'dropped'") == 2
        );

        Assert.Equal(1, await CountAsync(lab, "scheduling.restore WHERE restore_id = 'working' AND state = 'running'"));
        var brought = "branching.timeline WHERE branch_id = 0 AND purge_time IS";
        Assert.Equal(2, await CountAsync(lab, $"{brought} NOT NULL"));
        Assert.Equal(1, await CountAsync(lab, $"{brought} NULL"));
    }

    [Fact]
    public async Task A_backup_that_is_complete_holds_nothing_whatever_becomes_of_its_replica()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        await BackupScenes.PlayAsync(lab);
        await lab.AddPlanAsync("branch_id = \"open\"");
        var name = (await lab.BackUpAsync()).Name.Split('/')[^1];
        await RewindAsync(lab, "StartBackup");
        Assert.Equal(1, await CountAsync(lab, "scheduling.backup_hold"));

        // The last that a replica does before it dies.
        var backups = lab.Scheduler.App.Services.GetRequiredService<BackupStore>();
        var made = new CompleteBackup(new("nightly", name), new byte[32]) { ItemsJson = "[]" };
        await backups.CompleteAsync(lab.Id, made, Token);

        Assert.Equal(0, await CountAsync(lab, "scheduling.backup_hold"));
        Assert.Equal(0, await CountAsync(lab, "branching.timeline WHERE branch_id = 0"));
    }

    [Fact]
    public async Task A_project_that_cannot_be_swept_keeps_no_other_from_it()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        lab.Scheduler.Logs.ExpectErrors(entry => entry.Id.Id == 5502);
        await BackupScenes.PlayAsync(lab);
        await lab.AddPlanAsync("branch_id = \"open\"");
        await lab.BackUpAsync();
        var before = new NewProject("before-lab", new(9, 1, 0, new byte[8]), new(9, 2, 0, new byte[8]));
        var first = await new ProjectStore(new(lab.Database.Branch)).CreateAsync(before, "tests", Token);
        await ExecuteAsync(
            lab,
            $"""
            INSERT INTO scheduling.backup (project_id, plan_name, name, store, operation_id, state, create_time)
            SELECT id, plan_name, 'broken', store, 'gone', 'running', now()
            FROM scheduling.backup, unnest(ARRAY[project_id, {first}]) AS id;
            CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN RAISE EXCEPTION ''Not this one.''; END';
            CREATE TRIGGER refuse BEFORE UPDATE ON scheduling.backup FOR EACH ROW WHEN (OLD.project_id = {first})
            EXECUTE FUNCTION public.refuse();
            """
        );

        lab.Scheduler.App.Services.GetRequiredService<BackupCleaner>().Wake();

        await SchedulerFixture.UntilAsync(async () =>
            await CountAsync(lab, $"scheduling.backup WHERE name = 'broken' AND project_id <> {first}") == 0
        );
        Assert.Equal(1, await CountAsync(lab, "scheduling.backup WHERE name = 'broken'"));
    }

    [Fact]
    public async Task A_branch_is_in_use_while_a_backup_is_made_of_it()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        await BackupScenes.PlayAsync(lab);
        await lab.AddPlanAsync("branch_id = \"open\"");
        await lab.BackUpAsync();
        Assert.Null((await UseAsync(lab, "open")).Backup);

        await RewindAsync(lab, "StartBackup");
        Assert.Equal("nightly", (await UseAsync(lab, "open")).Backup);
        Assert.Null((await UseAsync(lab, "main")).Backup);

        await ResumeAsync(lab, "StartBackup");
        await DoneAsync(lab, "StartBackup");
        Assert.Null((await UseAsync(lab, "open")).Backup);
    }

    [Fact]
    public async Task A_sweep_that_died_while_the_clock_was_ahead_holds_up_backups_no_longer_than_its_lease()
    {
        await using var lab = await BackupLab.StartAsync(vault.Path);
        await ExecuteAsync(
            lab,
            $"""
            INSERT INTO scheduling.backup_sweep (project_id, store, holder, lease_until)
            VALUES ({lab.Id.Value}, 'vault', 'gone', now() + interval '1 year')
            """
        );
        var sweeps = lab.Scheduler.App.Services.GetRequiredService<BackupSweepStore>();

        await sweeps.MarkAsync(lab.Id, TimeSpan.FromMinutes(2), Token);

        Assert.Equal(
            1,
            await CountAsync(lab, "scheduling.backup_sweep WHERE lease_until < now() + interval '3 minutes'")
        );
    }

    private static async Task<BranchUse> UseAsync(BackupLab lab, string branch)
    {
        var uses = lab.Scheduler.App.Services.GetRequiredService<BranchUseStore>();
        return Assert.Single((await uses.ReadAsync(lab.Id, [branch], TimeProvider.System.GetUtcNow(), Token)).Values);
    }

    /// <summary>Puts a done operation and its backup back to where a worker that died has left them.</summary>
    internal static Task RewindAsync(BackupLab lab, string method) =>
        ExecuteAsync(
            lab,
            $"""
            UPDATE scheduling.backup SET state = 'running', digest = NULL, complete_time = NULL;
            UPDATE branching.operation SET state = 'running', lease_until = 'infinity', end_time = NULL,
                response = NULL, response_type = NULL WHERE method LIKE '%{method}';
            SELECT set_config('dendrite.project_id', project_id::text, true),
                scheduling.hold_states(plan_name, name, ARRAY['open'], ARRAY[]::text[]) FROM scheduling.backup;
            """
        );

    internal static Task ResumeAsync(BackupLab lab, string method) =>
        ExecuteAsync(lab, $"UPDATE branching.operation SET lease_until = now() WHERE method LIKE '%{method}'");

    internal static Task DoneAsync(BackupLab lab, string method) =>
        SchedulerFixture.UntilAsync(async () =>
            await CountAsync(lab, $"branching.operation WHERE end_time IS NULL AND method LIKE '%{method}'") == 0
        );

    private static async Task ExecuteAsync(BackupLab lab, string sql)
    {
        await using var connection = await lab.Database.Owner.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using (var tell = new NpgsqlCommand("SELECT set_config('dendrite.project_id', $1, true)", connection))
        {
            tell.Parameters.Add(new() { Value = lab.Id.ToString() });
            await tell.ExecuteNonQueryAsync(Token);
        }

        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
        await transaction.CommitAsync(Token);
    }

    private static async Task<long> CountAsync(BackupLab lab, string rows)
    {
        await using var command = lab.Database.Owner.CreateCommand($"SELECT count(*) FROM {rows}");
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }
}
