using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Assertions.Sandbox;

namespace Dendrite.Storage.Tests.Assertions;

/// <summary>
/// What strangers' SQL must not do: each attack is refused before anything of it runs, with words that say why, and the
/// session can still be used.
/// </summary>
public sealed class HostileSqlTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const string Several = "several statements";
    private const string NotAllowed = "not allowed";
    private const string NoDataset = "no dataset";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> OnOtherData =>
        new()
        {
            { "SELECT * FROM access.api_key", "permission denied for schema access" },
            { "SELECT * FROM branching.project", "permission denied for schema branching" },
            { "SELECT * FROM records.row", "permission denied for schema records" },
            { "SELECT * FROM pg_catalog.pg_authid", NoDataset },
            { "SELECT usename, query FROM pg_stat_activity", NoDataset },
            { "SELECT 1 FROM labs WHERE EXISTS (SELECT FROM pg_class)", NoDataset },
            { "WITH x AS (SELECT * FROM pg_settings) SELECT * FROM labs, x", NoDataset },
            { "SELECT * FROM information_schema.tables", NoDataset },
            { "SELECT table_to_xml('pg_class', true, false, '')", NotAllowed },
            { "SELECT query_to_xml('SELECT 1', true, false, '')", NotAllowed },
            { "SELECT database_to_xml(true, false, '')", NotAllowed },
            { "SELECT * FROM pg_ls_dir('.')", NotAllowed },
            { "SELECT pg_read_file('/etc/passwd')", NotAllowed },
            { "SELECT pg_read_binary_file('/etc/passwd')", NotAllowed },
            { "SELECT pg_stat_file('/etc/passwd')::text", NotAllowed },
            { "SELECT lo_import('/etc/passwd')", NotAllowed },
            { "SELECT lo_get(1)", NotAllowed },
            { "SELECT pg_get_functiondef('now'::regproc)", NotAllowed },
            { "SELECT * FROM pg_stat_get_activity(NULL)", NotAllowed },
            { "SELECT current_setting('data_directory')", NotAllowed },
            { "SELECT ts_stat('SELECT to_tsvector(query) FROM pg_stat_activity')::text", NotAllowed },
            { "SELECT * FROM dblink('host=127.0.0.1', 'SELECT 1') AS t (a int)", "does not exist" },
        };

    public static TheoryData<string, string> OnRolesAndSettings =>
        new()
        {
            { "SELECT set_config('dendrite.project_id', '2', false)", NotAllowed },
            { "SELECT set_config('role', 'dendrite_branch', false)", NotAllowed },
            { "SELECT set_config('statement_timeout', '0', false)", NotAllowed },
            { "SELECT subject FROM labs WHERE set_config('role', 'postgres', true) IS NULL", NotAllowed },
            { "SELECT subject FROM labs ORDER BY set_config('role', 'postgres', true)", NotAllowed },
            { "SELECT (SELECT (SELECT set_config('role', 'postgres', true)))", NotAllowed },
            { "SELECT count(*) FILTER (WHERE set_config('a.b', '', true) = '') FROM labs", NotAllowed },
            { "SELECT \"set_config\"('a.b', '', true)", NotAllowed },
            { "SELECT U&\"set\\005Fconfig\"('a.b', '', true)", NotAllowed },
            { "SELECT pg_catalog.set_config('a.b', '', true) AS now", NotAllowed },
            { "SET ROLE postgres", "syntax error" },
            { "RESET ROLE", "syntax error" },
            { "SELECT 1; RESET ROLE", Several },
            { "SELECT 1; COMMIT; DROP TABLE labs", Several },
            { "SELECT 1 /* ; */; SELECT 2", Several },
            { "SELECT $$;$$; SELECT 2", Several },
            { "SELECT E'\\'; SELECT 2 --'; SELECT 3", Several },
            { "COMMIT", "syntax error" },
            { "ROLLBACK", "syntax error" },
            { "DO $$ BEGIN PERFORM 1; END $$", "syntax error" },
            { "EXECUTE p", "syntax error" },
            { "EXPLAIN ANALYZE SELECT 1", "syntax error" },
            { "", "syntax error" },
        };

    public static TheoryData<string, string> ByWriting =>
        new()
        {
            { "DELETE FROM labs RETURNING subject", "syntax error" },
            { "INSERT INTO labs VALUES ('x')", "syntax error" },
            { "WITH gone AS (DELETE FROM labs RETURNING subject) SELECT * FROM gone", "data-modifying" },
            { "SELECT * INTO copy FROM labs", "INTO" },
            { "SELECT * FROM labs FOR UPDATE", "FOR UPDATE" },
            { "SELECT * FROM (SELECT * FROM labs FOR SHARE) AS l", "FOR UPDATE" },
            { "TABLE labs; DROP TABLE labs", Several },
            { "COPY labs TO PROGRAM 'id'", "syntax error" },
            { "SELECT lo_create(0)", NotAllowed },
            { "SELECT lo_from_bytea(0, 'x')", NotAllowed },
            { "SELECT nextval('branching.version')", "permission denied for schema branching" },
            { "SELECT nextval('x')", "does not exist" },
            { "SELECT pg_notify('channel', 'text')::text", NotAllowed },
            { "SELECT pg_logical_emit_message(false, 'a', 'b')", NotAllowed },
            { "SELECT pg_create_restore_point('x')", NotAllowed },
            { "SELECT txid_current()", NotAllowed },
        };

    public static TheoryData<string, string> OnTimeAndOtherSessions =>
        new()
        {
            { "SELECT pg_sleep(3600)::text", NotAllowed },
            { "SELECT pg_sleep_until('tomorrow')::text", NotAllowed },
            { "SELECT pg_sleep(3600)", "pseudo-type void" },
            { "SELECT labs.* FROM labs, LATERAL pg_sleep(length(subject))", NotAllowed },
            { "SELECT pg_advisory_lock(1)::text", NotAllowed },
            { "SELECT pg_try_advisory_lock(1)", NotAllowed },
            { "SELECT pg_terminate_backend(1)", NotAllowed },
            { "SELECT pg_cancel_backend(1)", NotAllowed },
            { "SELECT pg_reload_conf()", NotAllowed },
            { "SELECT random()", NotAllowed },
            { "SELECT * FROM labs TABLESAMPLE bernoulli (10)", NotAllowed },
            { "SELECT clock_timestamp()", NotAllowed },
        };

    public static TheoryData<string, string> InDisguise =>
        new()
        {
            { "SELECT subject FROM labs GROUP BY subject HAVING pg_sleep(1) IS NULL", NotAllowed },
            { "SELECT sum(1) OVER (ORDER BY random()) FROM labs", NotAllowed },
            { "SELECT * FROM labs WINDOW w AS (PARTITION BY random())", NotAllowed },
            { "SELECT * FROM ROWS FROM (pg_ls_dir('.'), generate_series(1, 2)) AS t", NotAllowed },
            { "SELECT CASE WHEN true THEN 1 ELSE (SELECT pg_sleep(1)::text::int) END", NotAllowed },
            { "VALUES (pg_sleep(1)::text)", NotAllowed },
            { "SELECT xmlparse(CONTENT '<a/>')", NotAllowed },
            { "SELECT * FROM xmltable('/a' PASSING '<a/>' COLUMNS b text)", NotAllowed },
            { "SELECT '\"'::text AS \"x :funcid 2626\", pg_sleep(1)::text", NotAllowed },
        };

    [Theory]
    [MemberData(nameof(OnOtherData))]
    [MemberData(nameof(OnRolesAndSettings))]
    [MemberData(nameof(ByWriting))]
    [MemberData(nameof(OnTimeAndOtherSessions))]
    [MemberData(nameof(InDisguise))]
    public async Task An_attack_is_refused_before_anything_of_it_runs(string sql, string why)
    {
        await using var sandbox = new SqlSandbox(database.Assertions, new());
        await using var session = await sandbox.OpenAsync(SandboxTests.Tables, Token);

        var refusal = await Assert.ThrowsAsync<SandboxException>(() => session.PrepareAsync(sql, Token));

        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
        var harmless = await session.PrepareAsync("SELECT subject FROM labs", Token);
        Assert.Empty((await session.RunAsync(harmless, 1, Token)).Rows);
    }
}
