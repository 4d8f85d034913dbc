using Dendrite.Storage.Care;
using Npgsql;

namespace Dendrite.SchedulerService.Tests.Care;

/// <summary>Care's role vacuums and changes nothing else, and the scheduler's own may not vacuum.</summary>
public sealed class CareRoleTests : IAsyncLifetime
{
    private readonly CareLab lab = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => lab.InitializeAsync();

    public ValueTask DisposeAsync() => lab.DisposeAsync();

    [Theory]
    [InlineData("DROP TABLE signals.block")]
    [InlineData("DELETE FROM scheduling.job")]
    [InlineData("TRUNCATE signals.block")]
    [InlineData("ALTER TABLE signals.block NO FORCE ROW LEVEL SECURITY")]
    [InlineData("CREATE TABLE care.mine (a int)")]
    [InlineData("GRANT dendrite_owner TO dendrite_scheduler")]
    public async Task In_a_session_that_cares_whatever_else_changes_anything_is_refused(string sql)
    {
        // As the service connects; what the role's own settings say is tested with the migrations.
        var settings = new NpgsqlConnectionStringBuilder(lab.Database.ConnectionString("dendrite_care"))
        {
            Options = "-c default_transaction_read_only=on",
        };
        await using var care = NpgsqlDataSource.Create(settings.ConnectionString);
        await using var command = care.CreateCommand(sql);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Token));

        Assert.Equal(PostgresErrorCodes.ReadOnlySqlTransaction, refusal.SqlState);
    }

    [Fact]
    public async Task The_role_is_no_superuser_and_of_no_service_and_reaches_past_no_row_level_security() =>
        Assert.True(
            await lab.ScalarAsync<bool>(
                """
                SELECT NOT r.rolsuper AND NOT r.rolbypassrls AND NOT r.rolcreaterole AND NOT r.rolcreatedb
                    AND NOT pg_has_role(r.oid, 'dendrite_service', 'MEMBER')
                    AND NOT pg_has_role('dendrite_scheduler', 'dendrite_owner', 'MEMBER')
                    AND NOT pg_has_role('dendrite_scheduler', r.oid, 'MEMBER')
                    AND (current_setting('server_version_num')::int < 170000
                        OR NOT pg_has_role(r.oid, 'dendrite_owner', 'MEMBER'))
                FROM pg_roles r WHERE r.rolname = 'dendrite_care'
                """
            )
        );

    [Fact]
    public async Task The_schedulers_own_role_may_not_vacuum_and_that_is_no_silent_success()
    {
        await lab.AddBlocksAsync(100);
        await using var wrong = new CareDatabase(lab.Database.ConnectionString("dendrite_scheduler"));
        await using var session = await wrong.TryBeginAsync(Token);
        var blocks = await lab.BlocksAsync();

        var left = await session!.VacuumAsync(blocks.Oid, freeze: false, gently: false, Token);

        Assert.Contains("block", left, StringComparison.Ordinal);
        Assert.Null((await lab.BlocksAsync()).VacuumTime);
    }

    [Fact]
    public async Task Tables_of_others_are_not_the_platforms_to_vacuum()
    {
        await lab.ExecuteAsync("CREATE TABLE public.\"of'; DROP TABLE others; --\" (a int)");
        var oid = await lab.ScalarAsync<uint>("SELECT max(oid) FROM pg_class WHERE relname LIKE 'of%'");
        await using var session = await lab.Service<CareDatabase>().TryBeginAsync(Token);

        Assert.Equal("the table is gone", await session!.VacuumAsync(oid, freeze: false, gently: false, Token));
        Assert.Null(await lab.Service<TableMeasureStore>().FindAsync(oid, Token));
    }

    [Fact]
    public async Task A_table_of_a_hostile_name_is_vacuumed_by_that_name()
    {
        await lab.ExecuteAsync(
            """
            CREATE TABLE signals."x""; DROP TABLE signals.block; --" AS SELECT 1 AS a;
            ALTER TABLE signals."x""; DROP TABLE signals.block; --" OWNER TO dendrite_owner
            """
        );
        var oid = await lab.ScalarAsync<uint>("SELECT max(oid) FROM pg_class WHERE relname LIKE 'x\"%'");
        await using var session = await lab.Service<CareDatabase>().TryBeginAsync(Token);

        Assert.Null(await session!.VacuumAsync(oid, freeze: true, gently: true, Token));

        Assert.NotNull((await lab.Service<TableMeasureStore>().FindAsync(oid, Token))!.VacuumTime);
        Assert.NotEqual(0u, (await lab.BlocksAsync()).Oid);
    }

    [Fact]
    public async Task A_session_that_ended_lets_the_next_one_in_and_a_living_one_does_not()
    {
        var care = lab.Service<CareDatabase>();
        await using (var first = await care.TryBeginAsync(Token))
        {
            Assert.NotNull(first);
            Assert.Null(await care.TryBeginAsync(Token));
        }

        await using var next = await care.TryBeginAsync(Token);
        Assert.NotNull(next);
    }
}
