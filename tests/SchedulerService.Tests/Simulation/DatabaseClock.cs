using Dendrite.Fixtures.Postgres;
using Dendrite.Storage;
using Npgsql;

namespace Dendrite.SchedulerService.Tests.Simulation;

/// <summary>
/// Gives a test's database a clock that the test sets: whatever asks PostgreSQL for the time, in statements, functions
/// and defaults of columns, is told that one. The statements and functions are the platform's own, unchanged.
/// </summary>
/// <remarks>
/// PostgreSQL finds <c>now()</c> by the search path. A schema that is named before <c>pg_catalog</c> with functions of
/// those names hides the real ones: for connections by their setting, for functions that bring their own search path by
/// altering that, and defaults are bound to a function when they are made, so they are made again.
/// </remarks>
internal sealed class DatabaseClock(TestDatabase database) : IAsyncDisposable
{
    private const string Install = """
        CREATE SCHEMA simulated;
        CREATE TABLE simulated.clock (instant timestamptz NOT NULL);
        INSERT INTO simulated.clock VALUES ('2000-01-01Z');
        CREATE FUNCTION simulated.now() RETURNS timestamptz LANGUAGE sql STABLE
            AS 'SELECT instant FROM simulated.clock';
        CREATE FUNCTION simulated.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
            AS 'SELECT instant FROM simulated.clock';
        CREATE FUNCTION simulated.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
            AS 'SELECT instant FROM simulated.clock';
        GRANT USAGE ON SCHEMA simulated TO PUBLIC;
        GRANT SELECT ON simulated.clock TO PUBLIC;
        DO $$
        DECLARE
            clocks constant text := '(now|statement_timestamp|clock_timestamp)\(\)';
            found record;
        BEGIN
            FOR found IN
                SELECT d.adrelid::regclass AS relation, a.attname AS name, pg_get_expr(d.adbin, d.adrelid) AS expression
                FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
                WHERE pg_get_expr(d.adbin, d.adrelid) ~ ('^' || clocks || '$')
            LOOP
                EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT simulated.%s',
                    found.relation, found.name, found.expression);
            END LOOP;
            FOR found IN
                SELECT p.oid::regprocedure AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname IN ('branching', 'signals', 'records', 'scheduling', 'access', 'comparison')
                    AND p.prosrc ~ clocks
            LOOP
                EXECUTE format('ALTER FUNCTION %s SET search_path = simulated, pg_catalog, pg_temp', found.name);
            END LOOP;
        END
        $$
        """;

    private readonly List<NpgsqlDataSource> sources = [];

    public async Task InstallAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Owner.CreateCommand(Install);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Seen by every statement that begins afterwards.</summary>
    public async Task SetAsync(DateTimeOffset instant, CancellationToken cancellationToken)
    {
        await using var command = database.Owner.CreateCommand("UPDATE simulated.clock SET instant = $1");
        command.Parameters.Add(new() { Value = instant.ToUniversalTime() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Connects as a login role, with the settings of the services and under this clock.</summary>
    public NpgsqlDataSource As(string role)
    {
        var builder = new NpgsqlDataSourceBuilder(database.ConnectionString(role));
        PlatformDatabase.Configure(builder);
        var settings = builder.ConnectionStringBuilder.Options!;
        builder.ConnectionStringBuilder.Options = settings.Replace(
            "search_path=pg_catalog",
            "search_path=simulated,pg_catalog",
            StringComparison.Ordinal
        );
        var source = builder.Build();
        sources.Add(source);
        return source;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in sources)
            await source.DisposeAsync();
    }
}
