using Dendrite.Errors;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Tests.Sync;

public sealed class PostgresSourceTests(SyncLab lab) : IClassFixture<SyncLab>, IAsyncLifetime
{
    private const string Query = "SELECT id, name, value, updated_at FROM outside.item WHERE updated_at > $1";

    public async ValueTask InitializeAsync() =>
        await ExecuteAsync(
            """
            DROP SCHEMA IF EXISTS outside CASCADE;
            CREATE SCHEMA outside;
            CREATE TABLE outside.item (id text, name text, value numeric, updated_at timestamptz, serial bigint);
            INSERT INTO outside.item
            SELECT 'i' || n, 'Nr. ' || n, n + 0.50, timestamptz '2024-01-01 00:00Z' + n / 3 * interval '1 minute', n
            FROM generate_series(1, 300) AS n;
            """
        );

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Rows_come_with_every_digit_and_then_only_those_that_changed()
    {
        var source = await SourceOfAsync(Query, "updated_at");
        var first = await lab.PullAsync(source);
        Assert.Equal((300, 0), (first.New, first.DeadLetters));
        var values = await lab.ReadAsync(source.Dataset);
        Assert.Equal("17.50", values["i17"]);

        await ExecuteAsync("UPDATE outside.item SET value = 0.000000000000000001, updated_at = now() WHERE id = 'i17'");
        var second = await lab.PullAsync(source);
        Assert.Equal((1, 1), (second.Fetched, second.Changed));
        Assert.Equal("0.000000000000000001", (await lab.ReadAsync(source.Dataset))["i17"]);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Killed_at_random_points_it_goes_on_at_the_value_it_had_reached(int seed)
    {
        var source = await SourceOfAsync(Query, "updated_at");
        var random = new Random(seed);
        var (run, deaths, fetched) = (new Guid(seed, 0, 2, new byte[8]), 0, 0L);
        while (true)
        {
            try
            {
                fetched = (await lab.PullAsync(source, new SyncStop(random.Next(1, 4)), run)).Fetched;
                break;
            }
            catch (WorkerDiedException)
            {
                deaths++;
            }
        }

        Assert.True(deaths > 0);
        Assert.Equal(300, (await lab.ReadAsync(source.Dataset)).Count);
        // Rows of the value that a batch ended in are read again, and no others.
        Assert.InRange(fetched, 300, 300 + (3 * deaths));
    }

    [Fact]
    public async Task A_number_that_grows_does_as_well()
    {
        var source = await SourceOfAsync("SELECT id, serial FROM outside.item WHERE serial > $1", "serial");
        Assert.Equal(300, (await lab.PullAsync(source)).New);
        Assert.Equal(0, (await lab.PullAsync(source)).Fetched);
    }

    [Fact]
    public async Task Without_a_changed_field_all_is_compared_and_what_is_missing_deleted()
    {
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Postgres = new() { ConnectionSecret = "database", Query = "SELECT id, value FROM outside.item;" },
                Incremental = new() { DeleteMissing = true },
            }
        );
        await lab.PullAsync(source);
        await ExecuteAsync("DELETE FROM outside.item WHERE serial <= 10");
        var tally = await lab.PullAsync(source);
        Assert.Equal((290, 10), (tally.Unchanged, tally.Deleted));
        Assert.Equal(290, (await lab.ReadAsync(source.Dataset)).Count);
    }

    [Fact]
    public async Task A_query_may_take_longer_than_any_connection_can_be_waited_for()
    {
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Postgres = new() { ConnectionSecret = "database", Query = "SELECT id, value FROM outside.item" },
                Limits = new() { RequestTimeout = Duration.FromTimeSpan(TimeSpan.FromHours(1)) },
            }
        );
        Assert.Equal(300, (await lab.PullAsync(source)).New);
    }

    [Theory]
    [InlineData("SELECT id, updated_at, dendrite_write() FROM outside.item", "read-only transaction")]
    [InlineData("SELECT id, nowhere, updated_at FROM outside.item", "nowhere")]
    [InlineData("SELECT id FROM outside.item", "updated_at")]
    [InlineData("WITH x AS (DELETE FROM outside.item RETURNING *) SELECT * FROM x", "data-modifying")]
    public async Task A_query_that_writes_or_is_wrong_is_refused_by_the_other_server(string query, string said)
    {
        await ExecuteAsync(
            """
            CREATE OR REPLACE FUNCTION dendrite_write() RETURNS int LANGUAGE plpgsql
            AS 'BEGIN DELETE FROM outside.item; RETURN 1; END'
            """
        );
        var source = await SourceOfAsync(query, "updated_at");
        var refusal = await Assert.ThrowsAsync<DendriteException>(() => lab.PullAsync(source));
        Assert.Equal(ErrorReason.SourceFailed, refusal.Reason);
        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
        await using var count = lab.Database.Owner.CreateCommand("SELECT count(*) FROM outside.item");
        Assert.Equal(300L, await count.ExecuteScalarAsync(SyncLab.Token));
    }

    [Fact]
    public async Task A_query_that_breaks_off_each_time_before_its_end_is_given_up()
    {
        await ExecuteAsync(
            """
            CREATE OR REPLACE FUNCTION outside.break_at(n bigint) RETURNS bigint LANGUAGE plpgsql
            AS 'BEGIN IF n > 120 THEN RAISE EXCEPTION ''too old'' USING ERRCODE = ''40001''; END IF; RETURN n; END'
            """
        );
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Postgres = new()
                {
                    ConnectionSecret = "database",
                    Query = "SELECT id, value, outside.break_at(serial) FROM outside.item",
                },
            }
        );
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var refusal = await Assert.ThrowsAsync<DendriteException>(() => lab.PullAsync(source).WaitAsync(limit.Token));
        Assert.Equal(ErrorReason.SourceFailed, refusal.Reason);
        Assert.Contains("changed_field and use $1", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_is_no_connection_string_is_not_shown()
    {
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Postgres = new() { ConnectionSecret = "no-database", Query = "SELECT 1" },
            }
        );
        var refusal = await Assert.ThrowsAsync<DendriteException>(() => lab.PullAsync(source));
        Assert.Equal(ErrorReason.SourceFailed, refusal.Reason);
        Assert.DoesNotContain("nothing", refusal.Message, StringComparison.Ordinal);
    }

    private async Task<SyncSource> SourceOfAsync(string query, string changedField) =>
        await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Postgres = new() { ConnectionSecret = "database", Query = query },
                Incremental = new() { ChangedField = changedField },
            }
        );

    private async Task ExecuteAsync(string sql)
    {
        await using var command = lab.Database.Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(SyncLab.Token);
    }
}
