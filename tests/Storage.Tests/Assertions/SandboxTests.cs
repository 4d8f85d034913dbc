using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Assertions.Sandbox;
using Npgsql;

namespace Dendrite.Storage.Tests.Assertions;

public sealed class SandboxTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    public static IReadOnlyList<SandboxTable> Tables { get; } =
    [
        new(
            "labs",
            [
                new("subject", "text COLLATE \"C\""),
                new("taken", "date"),
                new("value", "numeric"),
                new("count", "bigint"),
                new("more", "jsonb"),
            ]
        ),
        new("lab-results", [new("USUBJID", "text"), new("at", "timestamptz"), new("ok", "boolean")]),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Allowed =>
        [
            "SELECT l.subject FROM labs l LEFT JOIN \"lab-results\" r ON r.\"USUBJID\" = l.subject WHERE r.ok IS NULL",
            "SELECT subject, count(*) AS n, avg(value), string_agg(subject, ',') FROM labs GROUP BY subject",
            "SELECT subject FROM labs WHERE taken > current_date OR taken < now() - interval '200 years'",
            "SELECT to_char(taken, 'YYYY-MM'), date_trunc('month', at) FROM labs, \"lab-results\" -- both",
            "SELECT more ->> 'unit', jsonb_path_query(more, '$.a'), jsonb_build_object('a', value) FROM labs",
            "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM t",
            "SELECT *, row_number() OVER (PARTITION BY subject ORDER BY taken) AS nth FROM labs;",
            "SELECT l, (l).value FROM labs l WHERE l IS NOT NULL",
            "SELECT subject FROM labs WHERE subject ~ '^[0-9]{2}-' AND (value, count) < (1, 2) AND value IN (1, 2)",
            "SELECT subject FROM labs EXCEPT SELECT \"USUBJID\" FROM \"lab-results\"",
            "VALUES (1), (2)",
            "SELECT subject AS \"; DROP TABLE labs; --\" FROM labs WHERE subject <> '; COMMIT; @subject :value $$'",
        ];

    [Theory]
    [MemberData(nameof(Allowed))]
    public async Task A_query_that_only_computes_is_taken_in_and_runs(string sql)
    {
        await using var sandbox = new SqlSandbox(database.Assertions, new());
        await using var session = await sandbox.OpenAsync(Tables, Token);

        var query = await session.PrepareAsync(sql, Token);
        await session.SealAsync([.. query.Uses.Keys], Token);

        Assert.True((await session.RunAsync(query, 10, Token)).Rows.Count <= 5);
    }

    [Fact]
    public async Task A_query_says_which_columns_it_reads_and_sees_the_rows_that_were_put_there()
    {
        await using var sandbox = new SqlSandbox(database.Assertions, new());
        await using var session = await sandbox.OpenAsync(Tables, Token);
        var query = await session.PrepareAsync("SELECT subject, value FROM labs ORDER BY value DESC", Token);

        var columns = query.Uses["labs"];
        await using (var fill = await session.BeginFillAsync("labs", columns, Token))
        {
            await fill.WriteAsync(["", "1"]);
            await fill.WriteAsync([null, "2.50"]);
            await fill.WriteAsync(["a\\N\tb\nc\r'\"é😀", "NaN"]);
        }

        await session.SealAsync(["labs"], Token);
        var rows = await session.RunAsync(query, 2, Token);

        Assert.Equal(["subject", "value"], columns);
        Assert.Equal(
            [
                ["a\\N\tb\nc\r'\"é😀", "NaN"],
                [null, "2.50"],
            ],
            rows.Rows
        );
        Assert.True(rows.HasMore);
    }

    [Fact]
    public async Task Copying_rows_may_take_longer_than_a_query()
    {
        await using var sandbox = new SqlSandbox(
            database.Assertions,
            new() { StatementTimeout = TimeSpan.FromMilliseconds(50) }
        );
        await using var session = await sandbox.OpenAsync(Tables, Token);
        var query = await session.PrepareAsync("SELECT subject FROM labs LIMIT 1", Token);
        var start = TimeProvider.System.GetTimestamp();
        await using (var fill = await session.BeginFillAsync("labs", ["subject"], Token))
        {
            while (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromMilliseconds(200))
            {
                await fill.WriteAsync(["a subject"]);
            }
        }

        await session.SealAsync([], Token);

        Assert.Single((await session.RunAsync(query, 1, Token)).Rows);
    }

    [Theory]
    [InlineData("SELECT count(*) FROM labs", "subject")]
    [InlineData("SELECT l FROM labs l", "subject taken value count more")]
    [InlineData("SELECT l, l.value FROM labs l", "subject taken value count more")]
    [InlineData("SELECT l::text FROM (SELECT value, count FROM labs) l", "subject taken value count more")]
    [InlineData("SELECT 1 FROM labs a JOIN labs b USING (subject) WHERE b.taken IS NULL", "subject taken")]
    [InlineData("SELECT 1 FROM labs a NATURAL JOIN labs b", "subject taken value count more")]
    [InlineData("SELECT EXISTS (SELECT FROM labs WHERE more = '1')", "more")]
    [InlineData("SELECT 1 FROM labs ORDER BY count", "count")]
    [InlineData("SELECT sum(1) FROM labs GROUP BY GROUPING SETS ((value), (taken))", "taken value")]
    public async Task What_a_query_reads_is_all_that_need_be_there(string sql, string columns)
    {
        await using var sandbox = new SqlSandbox(database.Assertions, new());
        await using var session = await sandbox.OpenAsync(Tables, Token);

        var query = await session.PrepareAsync(sql, Token);

        Assert.Equal(columns, string.Join(' ', query.Uses["labs"]));
    }

    [Theory]
    [InlineData("SELECT subject\nFROM lab", "line 2, column 6: relation \"lab\" does not exist: there is no dataset")]
    [InlineData("SELECT usubjid FROM \"lab-results\"", "line 1, column 8: column \"usubjid\" does not exist")]
    [InlineData("SELECT usubjid FROM \"lab-results\"", "stands in double quotes")]
    [InlineData("SELECT subject FROM labs WHERE value = 'x'", "line 1, column 40: invalid input syntax")]
    [InlineData("SELECT a.subject, b.subject FROM labs a, labs b", "a name of its own with AS")]
    [InlineData("SELEC 1", "line 1, column 1: syntax error")]
    public async Task A_mistake_is_shown_where_it_is(string sql, string message)
    {
        await using var sandbox = new SqlSandbox(database.Assertions, new());
        await using var session = await sandbox.OpenAsync(Tables, Token);

        var refusal = await Assert.ThrowsAsync<SandboxException>(() => session.PrepareAsync(sql, Token));

        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT 1 / (count(*) - count(*)) FROM labs", "division by zero")]
    [InlineData("SELECT count(*) FROM generate_series(1, 1000000000000) AS n", "ran longer than it may")]
    [InlineData("SELECT count(*) FROM (SELECT n FROM generate_series(1, 1e9) n ORDER BY n DESC) x", "ran longer")]
    [InlineData("SELECT repeat('x', 2000000000)", "requested length too large")]
    [InlineData("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n FROM t) SELECT sum(n) FROM t", "ran longer")]
    public async Task A_query_that_fails_or_runs_too_long_fails_alone(string sql, string message)
    {
        await using var sandbox = new SqlSandbox(
            database.Assertions,
            new() { StatementTimeout = TimeSpan.FromMilliseconds(300) }
        );
        await using var session = await sandbox.OpenAsync(Tables, Token);
        var bad = await session.PrepareAsync(sql, Token);
        var good = await session.PrepareAsync("SELECT 'x' AS x", Token);
        await session.SealAsync([], Token);

        var failure = await Assert.ThrowsAsync<SandboxException>(() => session.RunAsync(bad, 10, Token));

        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Equal(
            [
                ["x"],
            ],
            (await session.RunAsync(good, 10, Token)).Rows
        );
    }

    [Fact]
    public async Task Long_values_wide_rows_and_many_rows_are_cut_at_the_server()
    {
        await using var sandbox = new SqlSandbox(database.Assertions, new());
        await using var session = await sandbox.OpenAsync(Tables, Token);
        var wide = string.Join(", ", Enumerable.Range(0, 100).Select(i => $"repeat('x', 1000000) AS c{i}"));
        var query = await session.PrepareAsync($"SELECT {wide} FROM generate_series(1, 1000000)", Token);
        await session.SealAsync([], Token);

        var rows = await session.RunAsync(query, 3, Token);

        Assert.Equal((3, true), (rows.Rows.Count, rows.HasMore));
        Assert.All(
            rows.Rows,
            row => Assert.Equal(SandboxSession.MaxColumns * SandboxSession.MaxValueLength, row.Sum(v => v!.Length))
        );
    }

    [Fact]
    public async Task Nothing_of_a_session_is_left_for_the_next()
    {
        await using var sandbox = new SqlSandbox(database.Assertions, new() { MaxSessions = 1 });
        await using (var session = await sandbox.OpenAsync(Tables, Token))
        {
            await session.PrepareAsync("SELECT subject FROM labs", Token);
            await using var fill = await session.BeginFillAsync("labs", ["subject"], Token);
            await fill.WriteAsync(["s1"]);
        }

        await using var next = await sandbox.OpenAsync([Tables[1]], Token);
        var refusal = await Assert.ThrowsAsync<SandboxException>(() => next.PrepareAsync("SELECT 1 FROM labs", Token));

        Assert.Contains("no dataset", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_role_itself_reaches_no_schema_table_function_or_role_of_the_platform()
    {
        await using var command = database.Owner.CreateCommand(
            """
            SELECT 'schema ' || nspname FROM pg_namespace
            WHERE nspname !~ '^pg_|^(information_schema|public)$'
                AND has_schema_privilege('dendrite_assertion', oid, 'USAGE, CREATE')
            UNION ALL
            SELECT 'create in public' WHERE has_schema_privilege('dendrite_assertion', 'public', 'CREATE')
            UNION ALL
            SELECT 'table ' || c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname !~ '^pg_|^information_schema$' AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
                AND (has_table_privilege('dendrite_assertion', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
                    OR has_any_column_privilege('dendrite_assertion', c.oid, 'SELECT, INSERT, UPDATE'))
            UNION ALL
            SELECT 'function ' || p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname !~ '^pg_|^(information_schema|public)$'
                AND has_function_privilege('dendrite_assertion', p.oid, 'EXECUTE')
            UNION ALL
            SELECT 'role ' || rolname FROM pg_roles
            WHERE rolname NOT IN ('dendrite_assertion', 'dendrite_assertion_service')
                AND pg_has_role('dendrite_assertion', oid, 'MEMBER')
            UNION ALL
            SELECT 'attribute' FROM pg_roles
            WHERE rolname IN ('dendrite_assertion', 'dendrite_assertion_service')
                AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)
            UNION ALL
            SELECT 'create in database' WHERE has_database_privilege('dendrite_assertion', current_database(), 'CREATE')
            """
        );
        await using var reader = await command.ExecuteReaderAsync(Token);
        var rights = new List<string>();
        while (await reader.ReadAsync(Token))
        {
            rights.Add(reader.GetString(0));
        }

        Assert.Empty(rights);
    }

    [Theory]
    [InlineData("SET ROLE postgres")]
    [InlineData("SET ROLE dendrite_branch")]
    [InlineData("SET SESSION AUTHORIZATION dendrite_owner")]
    [InlineData("SELECT set_config('role', 'dendrite_owner', false)")]
    [InlineData("SELECT * FROM access.api_key")]
    [InlineData("SELECT set_config('dendrite.project_id', '1', false) FROM branching.project")]
    [InlineData("SELECT pg_read_file('/etc/passwd')")]
    [InlineData("COPY (SELECT 1) TO PROGRAM 'id'")]
    [InlineData("CREATE TABLE public.mine (id int)")]
    [InlineData("CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'")]
    [InlineData("ALTER SYSTEM SET work_mem = '1GB'")]
    public async Task Whoever_got_past_the_inspection_would_be_refused_all_the_same(string sql)
    {
        await using var dataSource = NpgsqlDataSource.Create(database.Assertions);
        await using var command = dataSource.CreateCommand(sql);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Token));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }
}
