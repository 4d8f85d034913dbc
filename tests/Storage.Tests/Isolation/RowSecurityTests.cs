using Dendrite.Fixtures.Postgres;
using Npgsql;

namespace Dendrite.Storage.Tests.Isolation;

/// <summary>Projects stay apart even if a query forgets to ask for its own rows.</summary>
public sealed class RowSecurityTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly string[] Roles =
    [
        "dendrite_branch",
        "dendrite_ingest",
        "dendrite_comparison",
        "dendrite_scheduler",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_table_with_a_project_forces_row_level_security_on_it()
    {
        await using var command = database.Owner.CreateCommand(
            """
            SELECT c.oid::regclass::text
            FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'rows_of_the_project'
            WHERE n.nspname IN ('access', 'branching', 'records', 'signals', 'comparison', 'scheduling', 'care')
                AND c.relkind IN ('r', 'p')
                AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND p.polrelid IS NOT NULL
                    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'project_id'))
            ORDER BY 1
            """
        );

        // Keys are looked up before a project is known: no role has any right to that table (see GrantTests). Quartz
        // keeps its own tables, which hold no data of a project. What care sees of tables and disk is of all projects.
        Assert.Equal(
            ["access.api_key", "care.action", "care.index_figure", "care.look", "care.table_figure"],
            (await TextsAsync(command)).Where(table => !table.StartsWith("scheduling.qrtz_", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task Everything_belongs_to_the_owner_that_row_level_security_holds_for()
    {
        await using var command = database.Owner.CreateCommand(
            """
            SELECT c.oid::regclass::text || ' belongs to ' || r.rolname
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner
            WHERE n.nspname IN ('access', 'branching', 'records', 'signals', 'comparison', 'scheduling',
                    'care', 'brain_signals')
                AND (r.rolname <> 'dendrite_owner' OR r.rolsuper OR r.rolbypassrls OR r.rolcanlogin)
            UNION ALL
            SELECT p.oid::regprocedure::text || ' searches a path of its caller'
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname IN ('access', 'branching', 'records', 'signals', 'comparison', 'scheduling',
                    'care', 'brain_signals')
                AND p.prosecdef AND (p.proconfig IS NULL OR NOT p.proconfig::text LIKE '%search_path%')
            """
        );

        Assert.Empty(await TextsAsync(command));
    }

    [Fact]
    public async Task A_query_that_forgets_the_project_sees_the_rows_of_its_own()
    {
        var mine = await Lab.CreateAsync(database, "forgetful");
        var strange = await Lab.CreateAsync(database, "stranger");
        await mine.CommitAsync(await mine.ForkAsync("trial"));
        await strange.CommitAsync(await strange.ForkAsync("theirs"));

        foreach (var role in Roles)
        {
            foreach (var table in new[] { "project", "branch", "timeline", "commit", "vector_entry" })
            {
                await using var batch = new PlatformDatabase(database.As(role)).CreateBatch(mine.Project);
                batch.Add($"SELECT DISTINCT project_id FROM branching.{table}");
                var seen = await batch.ReadRowsAsync(row => row.GetInt64(0), Token);
                Assert.All(seen, project => Assert.Equal(mine.Project.Value, project));
            }
        }
    }

    [Fact]
    public async Task A_row_cannot_be_written_into_another_project()
    {
        var mine = await Lab.CreateAsync(database, "writer");
        var strange = await Lab.CreateAsync(database, "written-to");
        await using var batch = mine.Database.CreateBatch(mine.Project);
        batch
            .Add(
                """
                INSERT INTO branching.audit_entry (project_id, actor, method, resource)
                VALUES (@strange, 'mallory', 'none', 'none')
                """
            )
            .With("strange", strange.Project.Value);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => batch.ExecuteAsync(Token));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Fact]
    public async Task Without_a_project_a_query_fails_clearly_also_on_a_connection_that_had_one()
    {
        var lab = await Lab.CreateAsync(database, "once");
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString("dendrite_branch"))
        {
            MaxPoolSize = 1,
        };
        await using var dataSource = NpgsqlDataSource.Create(settings.ConnectionString);
        await new Storage.Branches.BranchStore(new(dataSource)).GetAsync(lab.Project, "main", Token);
        await using var command = dataSource.CreateCommand("SELECT count(*) FROM branching.branch");

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteScalarAsync(Token));

        Assert.Equal("DN001", refusal.SqlState);
        Assert.Contains("no project is set", refusal.MessageText);
    }

    private static async Task<List<string>> TextsAsync(NpgsqlCommand command)
    {
        await using var reader = await command.ExecuteReaderAsync(Token);
        var texts = new List<string>();
        while (await reader.ReadAsync(Token))
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }
}
