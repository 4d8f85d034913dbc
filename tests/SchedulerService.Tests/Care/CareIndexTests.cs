using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Care;
using Dendrite.Storage.Scheduling;
using Npgsql;

namespace Dendrite.SchedulerService.Tests.Care;

/// <summary>Indexes that became air, and what a rebuild that was cut off leaves behind.</summary>
public sealed class CareIndexTests
{
    private const string Index = "signals.block_pkey";

    private static readonly (string, string?)[] Small =
    [
        ("Scheduler:Care:Limits:MinIndexBytes", "65536"),
        ("Scheduler:Alerts:DiskCapacityBytes", "1000000000000"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_index_that_is_mostly_air_is_built_anew_at_night_and_is_smaller_then()
    {
        await using var lab = await StartWithAirAsync();
        Assert.Equal(0, (await lab.RunAsync()).Results["indexes_rebuilt"]);

        lab.PassToNight();
        var run = await lab.RunAsync();

        Assert.Equal(1, run.Results["indexes_rebuilt"]);
        var done = (await lab.ActionsAsync()).Single(action => action.Kind is CareKind.RebuildIndex);
        Assert.Equal((Index, CareOutcome.Done), (done.Index, done.Outcome));
        Assert.True(done.BytesAfter < done.BytesBefore / 2, $"{done.BytesBefore} to {done.BytesAfter}");
        var blocks = await lab.BlocksAsync();
        Assert.Equal(done.BytesAfter, Assert.Single(blocks.Indexes, index => index.Index == Index).Bytes);
        Assert.All(blocks.Indexes, index => Assert.True(index.IsValid));
        Assert.Equal(0, (await lab.RunAsync()).Results["indexes_rebuilt"]);
    }

    [Fact]
    public async Task Where_nobody_knows_whether_the_disk_has_room_no_index_is_built_anew()
    {
        await using var lab = await StartWithAirAsync(("Scheduler:Alerts:DiskCapacityBytes", "0"));
        lab.PassToNight();

        Assert.Equal(0, (await lab.RunAsync()).Results["indexes_rebuilt"]);

        var plan = await lab.PlanOfBlocksAsync();
        Assert.Contains(
            plan.Decisions,
            each => each.Index == Index && each.Reason.Contains("is not known", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_rebuild_that_waits_too_long_for_older_transactions_is_left_and_tidied_up()
    {
        await using var lab = await StartWithAirAsync(("Scheduler:Care:RebuildPatience", "00:00:00.2"));
        lab.PassToNight();
        await using (var older = await lab.Database.Owner.OpenConnectionAsync(Token))
        {
            await using var holding = await HoldAsync(older);

            var run = await lab.RunAsync();

            Assert.Equal((RunState.Succeeded, 0), (run.State, run.Results["indexes_rebuilt"]));
            var left = (await lab.ActionsAsync()).Single(action => action.Kind is CareKind.RebuildIndex);
            Assert.Equal(CareOutcome.Left, left.Outcome);
            Assert.Contains((await lab.BlocksAsync()).Indexes, index => !index.IsValid);
        }

        Assert.Equal(1, (await lab.RunAsync()).Results["indexes_rebuilt"]);
        Assert.All((await lab.BlocksAsync()).Indexes, index => Assert.True(index.IsValid));
    }

    [Fact]
    public async Task A_run_that_is_cancelled_cancels_its_work_at_the_server_and_keeps_that_it_was_cut_off()
    {
        await using var lab = await StartWithAirAsync();
        lab.PassToNight();
        await using var older = await lab.Database.Owner.OpenConnectionAsync(Token);
        await using var holding = await HoldAsync(older);

        var run = await lab.RunAsync(
            meanwhile: async (_, going) =>
            {
                await SchedulerFixture.UntilAsync(async () => await IsRebuildingAsync(lab));
                await lab.ExecuteAsync(
                    $"UPDATE scheduling.job_run SET cancel_time = now() WHERE run_id = '{going.Id}'"
                );
                await lab.Service<ActiveRuns>().TendAsync(Token);
            }
        );

        Assert.Equal(RunState.Cancelled, run.State);
        Assert.False(await IsRebuildingAsync(lab));
        var cut = (await lab.ActionsAsync()).Single(action => action.Kind is CareKind.RebuildIndex);
        Assert.Equal((CareOutcome.Failed, "it was cut off"), (cut.Outcome, cut.Message));
        Assert.NotNull(cut.EndTime);
    }

    [Fact]
    public async Task Only_what_a_rebuild_left_behind_can_be_dropped()
    {
        await using var lab = await CareLab.StartAsync();
        await lab.ExecuteAsync(
            """
            CREATE INDEX valid_ccnew ON signals.block (version);
            CREATE INDEX wanted ON signals.block (version, stream_id);
            ALTER INDEX signals.valid_ccnew OWNER TO dendrite_owner;
            UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'signals.wanted'::regclass
            """
        );
        var store = lab.Service<TableMeasureStore>();
        foreach (var name in new[] { "valid_ccnew", "wanted", "block_pkey" })
        {
            var oid = await lab.ScalarAsync<uint>($"SELECT 'signals.{name}'::regclass::oid");
            Assert.False(await store.DropLeftIndexAsync(oid, Token));
        }

        Assert.False(await store.DropLeftIndexAsync(0, Token));
        Assert.Equal(3, (await lab.BlocksAsync()).Indexes.Count);
    }

    /// <summary>Blocks, measured while tight, of which few are left.</summary>
    private static async Task<CareLab> StartWithAirAsync(params (string, string?)[] settings)
    {
        var lab = await CareLab.StartAsync([.. Small, .. settings]);
        await lab.AddBlocksAsync(8_000);
        await lab.LookAsync();
        await lab.ExecuteAsync("DELETE FROM signals.block WHERE first_sample % 5 > 0");
        await lab.ExecuteAsync("VACUUM ANALYZE signals.block");
        return lab;
    }

    private static async Task<NpgsqlTransaction> HoldAsync(NpgsqlConnection connection)
    {
        var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, Token);
        await using var read = new NpgsqlCommand("SELECT count(*) FROM signals.block", connection);
        await read.ExecuteScalarAsync(Token);
        return transaction;
    }

    private static Task<bool> IsRebuildingAsync(CareLab lab) =>
        lab.ScalarAsync<bool>(
            $"""
            SELECT EXISTS (SELECT FROM pg_stat_progress_create_index p JOIN pg_database d ON d.oid = p.datid
                WHERE d.datname = '{lab.Database.Name}' AND p.phase LIKE 'waiting%')
            """
        );
}
