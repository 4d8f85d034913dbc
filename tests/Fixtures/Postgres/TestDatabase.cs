using Dendrite.Storage;
using Dendrite.Storage.Migrations;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Dendrite.Fixtures.Postgres;

/// <summary>
/// A migrated database of one test class, copied from a template in some ten milliseconds. Take it as an xunit class
/// fixture:
/// <c>IClassFixture&lt;TestDatabase&gt;</c>.
/// </summary>
public sealed class TestDatabase : IAsyncDisposable, IDisposable
{
    private const string Template = "dendrite_template";
    private static readonly Lazy<Task<PostgresServer>> MigratedServer = new(MakeTemplateAsync);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static int count;

    private readonly Dictionary<string, NpgsqlDataSource> dataSources = [];

    public TestDatabase()
    {
        Server = MigratedServer.Value.GetAwaiter().GetResult();
        Name = $"test_{Interlocked.Increment(ref count)}";
        using var connection = new NpgsqlConnection(Server.ConnectionString("postgres"));
        connection.Open();
        using var create = new NpgsqlCommand($"CREATE DATABASE {Name} TEMPLATE {Template}", connection);
        create.ExecuteNonQuery();
        // A copied database has the template's contents and not its grants.
        using var grant = new NpgsqlCommand(
            $"REVOKE ALL ON DATABASE {Name} FROM PUBLIC; GRANT CONNECT ON DATABASE {Name} TO dendrite_service;"
                + $"GRANT CONNECT ON DATABASE {Name} TO dendrite_reader_service;"
                + $"GRANT CONNECT ON DATABASE {Name} TO dendrite_care_service;"
                + $"GRANT CONNECT, TEMPORARY ON DATABASE {Name} TO dendrite_assertion_service",
            connection
        );
        grant.ExecuteNonQuery();
    }

    public PostgresServer Server { get; }

    public string Name { get; }

    /// <summary>As the superuser, for arranging and for looking behind.</summary>
    public NpgsqlDataSource Owner => As("postgres");

    /// <summary>As the Branch service's role; the others below likewise.</summary>
    public NpgsqlDataSource Branch => As("dendrite_branch");

    public NpgsqlDataSource Ingest => As("dendrite_ingest");

    public NpgsqlDataSource Comparison => As("dendrite_comparison");

    public NpgsqlDataSource Scheduler => As("dendrite_scheduler");

    /// <summary>A person with psql, who reads <c>brain_signals</c> of the projects that they are let.</summary>
    public NpgsqlDataSource Reader => As("dendrite_reader");

    /// <summary>The connection string of the role that runs assertions and reaches nothing.</summary>
    public string Assertions => ConnectionString("dendrite_assertion");

    /// <summary>
    /// The connection string of a role, for <c>ConnectionStrings:platform</c> of a service under test.
    /// </summary>
    public string ConnectionString(string role) => Server.ConnectionString(Name, role);

    /// <summary>Connects as a login role; the data source lives as long as this database.</summary>
    public NpgsqlDataSource As(string role)
    {
        lock (dataSources)
        {
            return dataSources.TryGetValue(role, out var found)
                ? found
                : dataSources[role] = Connect(ConnectionString(role));
        }
    }

    /// <summary>Waits until so many sessions of this database wait for others' locks.</summary>
    public async Task WaitUntilWaitingAsync(int sessions, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        await using var command = Owner.CreateCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        );
        while ((long)(await command.ExecuteScalarAsync(patience.Token))! < sessions)
        {
            patience.Token.ThrowIfCancellationRequested();
        }
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        foreach (var dataSource in dataSources.Values)
        {
            await dataSource.DisposeAsync();
        }

        dataSources.Clear();
    }

    /// <summary>With the settings of the services: prepared statements are what runs in production.</summary>
    private static NpgsqlDataSource Connect(string connectionString)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        PlatformDatabase.Configure(builder);
        return builder.Build();
    }

    private static async Task<PostgresServer> MakeTemplateAsync()
    {
        var server = await PostgresServer.SharedAsync();
        await using (var postgres = NpgsqlDataSource.Create(server.ConnectionString("postgres")))
        {
            await ExecuteAsync(postgres, $"CREATE DATABASE {Template}");
        }

        await using (var template = NpgsqlDataSource.Create(server.ConnectionString(Template)))
        {
            await new Migrator(template, Migration.Embedded, NullLogger<Migrator>.Instance).RunAsync(default);
            string[] services = ["branch", "ingest", "comparison", "scheduler", "assertion", "care", "reader"];
            foreach (var service in services)
            {
                await ExecuteAsync(
                    template,
                    $"CREATE ROLE dendrite_{service} LOGIN IN ROLE dendrite_{service}_service"
                );
            }
        }

        return server;
    }

    private static async Task ExecuteAsync(NpgsqlDataSource dataSource, string sql)
    {
        await using var command = dataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
