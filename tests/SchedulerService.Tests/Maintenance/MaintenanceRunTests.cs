using System.Globalization;
using Dendrite.SchedulerService.Maintenance;
using Dendrite.Storage;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Maintenance;

public sealed class MaintenanceRunTests
{
    private const string Job = "projects/lab/jobs/maintenance";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_purged_branch_goes_with_its_rows_in_steps_of_a_few_and_the_run_says_how_many()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var client = await fixture.ReadyClientAsync(Settings());
        await DeleteBranchWithCommitsAsync(fixture, commits: 7);

        var run = await fixture.RunToEndAsync(client, job: Job);

        Assert.Equal(RunState.Succeeded, run.State);
        Assert.Equal(1, run.Results["branches_purged"]);
        Assert.Equal(1, run.Results["timelines_removed"]);
        Assert.Equal(7, run.Results["rows_removed"]);
        Assert.Equal(0L, await CountAsync(fixture, "SELECT count(*) FROM branching.commit"));
        Assert.Equal(1L, await CountAsync(fixture, "SELECT count(*) FROM branching.timeline"));
        const string Audit = "SELECT count(*) FROM branching.audit_entry WHERE method = 'PurgeBranch'";
        Assert.Equal(1L, await CountAsync(fixture, Audit));

        var second = await fixture.RunToEndAsync(client, job: Job);
        Assert.All(second.Results, result => Assert.Equal(0, result.Value));
    }

    [Fact]
    public async Task How_far_syncs_came_into_branches_that_are_gone_is_forgotten_in_steps_of_a_few()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var client = await fixture.ReadyClientAsync(Settings());
        await CountAsync(
            fixture,
            """
            WITH source AS (
                INSERT INTO scheduling.sync_source (project_id, name, definition)
                SELECT project_id, 'source', '{}' FROM branching.project RETURNING project_id, sync_source_id
            ), target AS (
                SELECT *, 'projects/lab/branches/' || branch || '/datasets/d' AS target
                FROM source, unnest(ARRAY['main', 'gone']) AS branch
            ), progress AS (
                INSERT INTO scheduling.sync_progress
                    (project_id, sync_source_id, target, backfill, part, place, tally, sync_time)
                SELECT project_id, sync_source_id, target, '', '', '{}', '{}', now() FROM target
            ), seen AS (
                INSERT INTO scheduling.sync_seen (project_id, sync_source_id, target, record)
                SELECT project_id, sync_source_id, target, sha256(int4send(i)) FROM target, generate_series(1, 7) AS i
                RETURNING true
            )
            SELECT count(*) FROM seen
            """
        );

        var run = await fixture.RunToEndAsync(client, job: Job);

        Assert.Equal(RunState.Succeeded, run.State);
        const string Left = "target = 'projects/lab/branches/main/datasets/d'";
        Assert.Equal(1L, await CountAsync(fixture, "SELECT count(*) FROM scheduling.sync_progress"));
        Assert.Equal(1L, await CountAsync(fixture, $"SELECT count(*) FROM scheduling.sync_progress WHERE {Left}"));
        Assert.Equal(7L, await CountAsync(fixture, "SELECT count(*) FROM scheduling.sync_seen"));
        Assert.Equal(7L, await CountAsync(fixture, $"SELECT count(*) FROM scheduling.sync_seen WHERE {Left}"));
    }

    [Fact]
    public async Task A_dry_run_counts_what_would_be_purged_and_purges_nothing()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var client = await fixture.ReadyClientAsync(Settings());
        await DeleteBranchWithCommitsAsync(fixture, commits: 1);

        var run = await fixture.RunToEndAsync(client, dryRun: true, Job);

        Assert.Equal(1, run.Results["branches_to_purge"]);
        Assert.Equal(2L, await CountAsync(fixture, "SELECT count(*) FROM branching.branch"));
    }

    [Fact]
    public async Task Rows_stay_through_the_grace_time_so_that_reads_can_end()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var client = await fixture.ReadyClientAsync(Settings(grace: TimeSpan.FromHours(1)));
        await DeleteBranchWithCommitsAsync(fixture, commits: 3);

        var run = await fixture.RunToEndAsync(client, job: Job);

        Assert.Equal(1, run.Results["branches_purged"]);
        Assert.Equal(0, run.Results["rows_removed"]);
        Assert.Equal(3L, await CountAsync(fixture, "SELECT count(*) FROM branching.commit"));
    }

    [Fact]
    public async Task Requests_that_were_done_long_ago_are_forgotten_in_each_project_by_its_own_run()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var client = await fixture.ReadyClientAsync(Settings());
        var projects = new ProjectStore(new PlatformDatabase(fixture.Database.Owner));
        var named = new NewProject("other", new Guid(8, 8, 8, new byte[8]), new Guid(9, 9, 9, new byte[8]));
        var other = await projects.CreateAsync(named, "tests", Token);
        await RememberAsync(fixture, fixture.Project, days: 31, count: 5);
        await RememberAsync(fixture, fixture.Project, days: 29, count: 3);
        await RememberAsync(fixture, other, days: 31, count: 4);

        var planned = await fixture.RunToEndAsync(client, dryRun: true, Job);
        Assert.Equal(5, planned.Results["requests_to_remove"]);
        var run = await fixture.RunToEndAsync(client, job: Job);

        Assert.Equal(5, run.Results["requests_removed"]);
        const string Old = "SELECT count(*) FROM branching.request WHERE create_time < now() - interval '30 days'";
        Assert.Equal(4L, await CountAsync(fixture, Old));
        const string Young = "SELECT count(*) FROM branching.request WHERE create_time < now() - interval '1 day'";
        Assert.Equal(7L, await CountAsync(fixture, Young));

        var jobs = $"SELECT count(*) FROM scheduling.job WHERE project_id = {other.Value} AND name = 'maintenance'";
        await SchedulerFixture.UntilAsync(async () => await CountAsync(fixture, jobs) == 1);
        var there = await fixture.RunToEndAsync(client, job: "projects/other/jobs/maintenance");
        Assert.Equal(4, there.Results["requests_removed"]);
        Assert.Equal(3L, await CountAsync(fixture, Young));
    }

    [Theory]
    [InlineData("23:59:59", false)]
    [InlineData("1.00:00:00", true)]
    [InlineData("36500.00:00:00", true)]
    [InlineData("10675199.00:00:00", false)]
    public void Requests_are_remembered_for_a_day_at_least(string retention, bool isTaken)
    {
        var options = new MaintenanceOptions
        {
            RequestRetention = TimeSpan.Parse(retention, CultureInfo.InvariantCulture),
        };
        Assert.Equal(isTaken, options.RemembersLongEnough);
    }

    private static Dictionary<string, string?> Settings(TimeSpan grace = default) =>
        new()
        {
            // By hand only: a run by the clock would take what the test counts.
            ["Scheduler:Maintenance:Cron"] = "0 0 29 2 *",
            ["Scheduler:Maintenance:Grace"] = grace.ToString("c", CultureInfo.InvariantCulture),
            ["Scheduler:Maintenance:RowsPerStep"] = "2",
            ["Scheduler:Maintenance:Pause"] = "00:00:00",
            ["Scheduler:ReconcileInterval"] = "00:00:01",
        };

    private static async Task DeleteBranchWithCommitsAsync(SchedulerFixture fixture, int commits)
    {
        var database = new PlatformDatabase(fixture.Database.Branch);
        var (branches, requests) = (new BranchStore(database), new IdempotencyStore(database));
        var writer = new BranchWriter(database, branches, requests);
        var forker = new BranchForker(database, new SnapshotReader(database), writer);
        var mutation = new Mutation("tests", "Test", "projects/lab") { RequestDigest = new byte[32] };
        var branch = new NewBranch(
            "trial",
            new Guid(7, 7, 7, new byte[8]),
            "main",
            Storage.Snapshots.SnapshotPoint.Head
        )
        {
            Owner = "tests",
        };
        var made = await forker.CreateAsync(fixture.Project, branch, mutation, Token);
        for (var commit = 0; commit < commits; commit++)
        {
            await using var batch = database.CreateBatch(fixture.Project);
            batch.Add(
                CommitDoor.CreateCommand(
                    new(made.Timeline, Storage.Commits.CommitKind.Append, "tests", "", new byte[32])
                )
            );
            await batch.ExecuteAsync(Token);
        }

        await writer.DeleteAsync(fixture.Project, new("trial"), retention: null, mutation, Token);
    }

    private static async Task RememberAsync(SchedulerFixture fixture, ProjectId project, int days, int count)
    {
        await using var command = fixture.Database.Owner.CreateCommand(
            """
            INSERT INTO branching.request (project_id, request_id, method, request_digest, outcome, create_time)
            SELECT $1, gen_random_uuid(), 'Test', decode(repeat('00', 32), 'hex'), '', now() - make_interval(days => $2)
            FROM generate_series(1, $3)
            """
        );
        command.Parameters.Add(new() { Value = project.Value });
        command.Parameters.Add(new() { Value = days });
        command.Parameters.Add(new() { Value = count });
        await command.ExecuteNonQueryAsync(Token);
    }

    private static async Task<long> CountAsync(SchedulerFixture fixture, string sql)
    {
        await using var command = fixture.Database.Owner.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }
}
