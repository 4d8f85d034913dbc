using System.Data;
using System.Text.Json;
using Dendrite.SchedulerService.Alerts;
using Dendrite.Storage.Care;
using Dendrite.Storage.Scheduling;

namespace Dendrite.SchedulerService.Tests.Care;

/// <summary>What the job does about real tables with real dead rows, by a test's clock.</summary>
public sealed class CareRunTests
{
    private const string Blocks = "signals.block";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dead_rows_wait_for_the_night_and_are_gone_after_it_and_it_is_kept_what_they_were()
    {
        await using var lab = await CareLab.StartAsync();
        await MakeDeadAsync(lab, percent: 20);

        var byDay = await lab.RunAsync();
        Assert.Equal((RunState.Succeeded, 0), (byDay.State, byDay.Results["tables_vacuumed"]));
        Assert.Empty(await lab.ActionsAsync());
        var waiting = await lab.PlanOfBlocksAsync();
        Assert.Equal("Vacuum Later", Decided(waiting));
        Assert.Equal(lab.Now.AddHours(13), waiting.Decisions[0].Time);

        lab.PassToNight();
        var before = await lab.BlocksAsync();
        Assert.True(before.DeadRows >= 200, $"{before.DeadRows} dead rows");
        var byNight = await lab.RunAsync();

        Assert.Equal(1, byNight.Results["tables_vacuumed"]);
        Assert.Equal(before.DeadRows + before.ToastDeadRows, byNight.Results["dead_rows_removed"]);
        var after = await lab.BlocksAsync();
        Assert.Equal((0, 0, before.LiveRows), (after.DeadRows, after.ToastDeadRows, after.LiveRows));
        Assert.NotNull(after.VacuumTime);
        var done = Assert.Single(await lab.ActionsAsync());
        Assert.Equal(
            (Blocks, CareKind.Vacuum, CareOutcome.Done, false),
            (done.Table, done.Kind, done.Outcome, done.IsUrgent)
        );
        Assert.Equal((before.DeadRows + before.ToastDeadRows, 0), (done.DeadRowsBefore, done.DeadRowsAfter));
        Assert.Equal($"{CareLab.Parent}/jobs/maintenance/runs/{byNight.Id}", done.Run);
        Assert.Contains("of it is dead", done.Reason, StringComparison.Ordinal);

        Assert.Equal(0, (await lab.RunAsync()).Results["tables_vacuumed"]);
        Assert.Single(await lab.ActionsAsync());
    }

    [Fact]
    public async Task A_table_that_is_half_dead_is_vacuumed_by_day()
    {
        await using var lab = await CareLab.StartAsync();
        await MakeDeadAsync(lab, percent: 80);

        var run = await lab.RunAsync();

        Assert.Equal(1, run.Results["tables_vacuumed"]);
        Assert.True(Assert.Single(await lab.ActionsAsync()).IsUrgent);
        Assert.Equal(0, (await lab.BlocksAsync()).DeadRows);
    }

    [Fact]
    public async Task A_table_too_old_is_frozen_by_day_and_young_then()
    {
        // Two thousand transactions, of the two hundred million at which the server itself does it.
        await using var lab = await CareLab.StartAsync(
            ("Scheduler:Care:Limits:FreezeRatio", "8e-6"),
            ("Scheduler:Care:Limits:UrgentFreezeRatio", "9e-6")
        );
        await lab.AddBlocksAsync(100);
        const string Oldest = "SELECT relfrozenxid::text FROM pg_class WHERE oid = 'signals.block'::regclass";
        var before = await lab.ScalarAsync<string>(Oldest);
        await lab.ExecuteAsync("DO $$ BEGIN FOR i IN 1..2000 LOOP PERFORM txid_current(); COMMIT; END LOOP; END $$");
        Assert.Equal("Freeze Urgent", Decided(await lab.PlanOfBlocksAsync()));

        var run = await lab.RunAsync();

        var frozen = (await lab.ActionsAsync()).Single(action => action.Table == Blocks);
        Assert.Equal((CareKind.Freeze, CareOutcome.Done, true), (frozen.Kind, frozen.Outcome, frozen.IsUrgent));
        Assert.True(run.Results["tables_vacuumed"] >= 1);
        // Transactions are those of the whole server, other tests' too: the difference is this table's.
        var after = await lab.ScalarAsync<string>(Oldest);
        Assert.InRange(
            await lab.ScalarAsync<int>($"SELECT age('{before}'::xid) - age('{after}'::xid)"),
            2_000,
            1 << 30
        );
    }

    [Fact]
    public async Task A_night_in_which_much_is_written_is_not_quiet()
    {
        await using var lab = await CareLab.StartAsync(("Scheduler:Care:IdleBytesPerSecond", "1000"));
        await MakeDeadAsync(lab, percent: 20);
        lab.PassToNight();
        await lab.LookAsync();
        lab.Pass(TimeSpan.FromMinutes(5));
        await lab.AddBlocksAsync(1_000, timeline: 78);

        Assert.Equal(0, (await lab.RunAsync()).Results["tables_vacuumed"]);
        Assert.Equal("Vacuum Later", Decided(await lab.PlanOfBlocksAsync()));

        // An hour later nobody writes any more.
        lab.Pass(TimeSpan.FromMinutes(25));
        await lab.LookAsync();
        lab.Pass(TimeSpan.FromMinutes(25));
        Assert.Equal(1, (await lab.RunAsync()).Results["tables_vacuumed"]);
    }

    [Fact]
    public async Task A_table_that_is_written_to_more_than_usual_is_left_though_it_is_quiet()
    {
        await using var lab = await CareLab.StartAsync(
            ("Scheduler:Care:Limits:BusyRowsPerSecond", "1"),
            ("Scheduler:Care:IdleBytesPerSecond", "1e9")
        );
        await MakeDeadAsync(lab, percent: 10);
        lab.PassToNight();
        await lab.LookAsync();
        lab.Pass(TimeSpan.FromMinutes(1));
        await lab.DeleteBlocksAsync(percent: 20);

        Assert.Equal(0, (await lab.RunAsync()).Results["tables_vacuumed"]);
        var plan = await lab.PlanOfBlocksAsync();
        Assert.Contains("it is written to just now", plan.Decisions[0].Reason, StringComparison.Ordinal);

        lab.Pass(TimeSpan.FromMinutes(30));
        await lab.LookAsync();
        lab.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(1, (await lab.RunAsync()).Results["tables_vacuumed"]);
    }

    [Fact]
    public async Task The_bloat_that_rules_watch_counts_samples_which_lie_beside_their_rows()
    {
        await using var lab = await CareLab.StartAsync();
        await lab.AddBlocksAsync(4_000);
        var tight = await lab.Service<InstallationMeasure>().MeasureAsync(Token);
        await lab.ExecuteAsync("UPDATE signals.block SET payload = '' WHERE first_sample % 2 = 0");

        var bloated = await lab.Service<InstallationMeasure>().MeasureAsync(Token);

        Assert.Equal(0, tight.BloatRatio);
        // Half of the samples; of the rows themselves a third.
        Assert.InRange(bloated.BloatRatio!.Value, 0.45, 0.5);
    }

    [Fact]
    public async Task A_dry_run_says_what_is_due_and_why_and_does_nothing()
    {
        await using var lab = await CareLab.StartAsync();
        await MakeDeadAsync(lab, percent: 20);
        lab.PassToNight();

        var run = await lab.RunAsync(dryRun: true);

        Assert.Equal(1, run.Results["tables_due"]);
        var line = JsonDocument
            .Parse(run.Report!)
            .RootElement.GetProperty("tables")
            .EnumerateArray()
            .Single(table => table.GetProperty("table").GetString() == Blocks);
        Assert.Equal("VACUUM", line.GetProperty("action").GetString());
        Assert.Equal("NOW", line.GetProperty("timing").GetString());
        Assert.Contains("of it is dead", line.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.True((await lab.BlocksAsync()).DeadRows > 0);
        Assert.Empty(await lab.ActionsAsync());
    }

    [Fact]
    public async Task Where_nobody_may_vacuum_it_is_said_and_left()
    {
        await using var lab = await CareLab.StartAsync(("ConnectionStrings:care", null));
        await MakeDeadAsync(lab, percent: 80);

        var run = await lab.RunAsync();

        Assert.Equal((RunState.Succeeded, 0), (run.State, run.Results["tables_vacuumed"]));
        Assert.Equal(
            1L,
            await lab.ScalarAsync<long>(
                "SELECT count(*) FROM scheduling.run_log WHERE message LIKE '%:care is not configured.'"
            )
        );
    }

    [Fact]
    public async Task While_one_session_cares_another_run_does_nothing()
    {
        await using var lab = await CareLab.StartAsync();
        await MakeDeadAsync(lab, percent: 80);
        var other = await lab.Service<CareDatabase>().TryBeginAsync(Token);

        Assert.Equal(0, (await lab.RunAsync()).Results["tables_vacuumed"]);

        await other!.DisposeAsync();
        Assert.Equal(1, (await lab.RunAsync()).Results["tables_vacuumed"]);
    }

    [Fact]
    public async Task A_table_that_somebody_has_locked_is_left_at_once()
    {
        await using var lab = await CareLab.StartAsync();
        await MakeDeadAsync(lab, percent: 80);
        await using (var holder = await lab.Database.Owner.OpenConnectionAsync(Token))
        {
            await using var transaction = await holder.BeginTransactionAsync(Token);
            await using var hold = holder.CreateCommand();
            hold.CommandText = "LOCK TABLE signals.block IN SHARE UPDATE EXCLUSIVE MODE";
            await hold.ExecuteNonQueryAsync(Token);

            var run = await lab.RunAsync();

            Assert.Equal((RunState.Succeeded, 0), (run.State, run.Results["tables_vacuumed"]));
            var left = Assert.Single(await lab.ActionsAsync());
            Assert.Equal(CareOutcome.Left, left.Outcome);
            Assert.Contains("lock not available", left.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, (await lab.RunAsync()).Results["tables_vacuumed"]);
    }

    [Fact]
    public async Task Dead_rows_that_somebody_may_still_see_are_not_vacuumed_again_and_again()
    {
        await using var lab = await CareLab.StartAsync();
        await lab.AddBlocksAsync(1_000);
        await using var holder = await lab.Database.Owner.OpenConnectionAsync(Token);
        await using (await holder.BeginTransactionAsync(IsolationLevel.RepeatableRead, Token))
        {
            await using var look = holder.CreateCommand();
            look.CommandText = "SELECT pg_backend_pid()";
            var process = await look.ExecuteScalarAsync(Token);
            await lab.DeleteBlocksAsync(80);

            Assert.Equal(1, (await lab.RunAsync()).Results["tables_vacuumed"]);
            Assert.Equal(0, (await lab.RunAsync()).Results["tables_vacuumed"]);

            var vain = Assert.Single(await lab.ActionsAsync());
            Assert.Equal((CareOutcome.Done, vain.DeadRowsBefore), (vain.Outcome, vain.DeadRowsAfter));
            Assert.Contains($"(process {process}) may still see it", vain.Message, StringComparison.Ordinal);
            var waits = await lab.PlanOfBlocksAsync();
            Assert.Equal("Vacuum Later", Decided(waits));
            Assert.Equal(lab.Now.AddHours(1), waits.Decisions[0].Time);
            Assert.Contains(vain.Message, waits.Decisions[0].Reason, StringComparison.Ordinal);
        }

        lab.Pass(TimeSpan.FromHours(1));
        Assert.Equal(1, (await lab.RunAsync()).Results["tables_vacuumed"]);
        Assert.Equal(0, (await lab.BlocksAsync()).DeadRows);
    }

    private static string Decided(SchedulerService.Care.TablePlan plan) =>
        string.Join(", ", plan.Decisions.Select(each => $"{each.Action} {each.Timing}"));

    private static async Task MakeDeadAsync(CareLab lab, int percent)
    {
        await lab.AddBlocksAsync(1_000);
        await lab.DeleteBlocksAsync(percent);
    }
}
