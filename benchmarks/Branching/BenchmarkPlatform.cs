using Dendrite.Access;
using Dendrite.Benchmarks.Measuring;
using Dendrite.BranchService;
using Dendrite.ComparisonService;
using Dendrite.Fixtures.Hosting;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.IngestService;
using Dendrite.ServiceDefaults;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Dendrite.Storage.Access;
using Dendrite.Storage.Migrations;
using Dendrite.Storage.Projects;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StackExchange.Redis;

namespace Dendrite.Benchmarks.Branching;

/// <summary>
/// What a lab has, on this machine: PostgreSQL that flushes every commit to disk, Redis, one project, and the Branch,
/// Ingest and Comparison services with clients beside them.
/// </summary>
internal sealed class BenchmarkPlatform : IAsyncDisposable
{
    public const string Project = "lab";
    private const int ServiceIdleSeconds = 300;
    private readonly PostgresServer postgres;
    private readonly RedisServer redis;
    private readonly ConnectionMultiplexer multiplexer;
    private readonly RunningService branchService;
    private readonly RunningService ingestService;
    private readonly RunningService comparisonService;
    private readonly GrpcChannel branchChannel;
    private readonly GrpcChannel ingestChannel;
    private readonly GrpcChannel comparisonChannel;

    /// <summary>The connection to Redis that the services share.</summary>
    public IConnectionMultiplexer Redis => multiplexer;

    private BenchmarkPlatform(
        (PostgresServer Postgres, RedisServer Redis) servers,
        NpgsqlDataSource[] roles,
        (
            ConnectionMultiplexer Multiplexer,
            RunningService Branch,
            RunningService Ingest,
            RunningService Comparison
        ) running,
        ProjectId project
    )
    {
        (postgres, redis) = servers;
        (Owner, Branch, Ingest, Scheduler, Comparison) = (roles[0], roles[1], roles[2], roles[3], roles[4]);
        (multiplexer, branchService, ingestService, comparisonService) = running;
        ProjectId = project;
        branchChannel = GrpcChannel.ForAddress(branchService.Grpc);
        ingestChannel = GrpcChannel.ForAddress(ingestService.Grpc);
        comparisonChannel = GrpcChannel.ForAddress(comparisonService.Grpc);
    }

    public ProjectId ProjectId { get; }

    /// <summary>As the superuser, for arranging.</summary>
    public NpgsqlDataSource Owner { get; }

    /// <summary>As the Branch service's role.</summary>
    public NpgsqlDataSource Branch { get; }

    /// <summary>As the Ingest service's role.</summary>
    public NpgsqlDataSource Ingest { get; }

    /// <summary>As the Scheduler's role.</summary>
    public NpgsqlDataSource Scheduler { get; }

    /// <summary>As the Comparison service's role.</summary>
    public NpgsqlDataSource Comparison { get; }

    public V1.ComparisonService.ComparisonServiceClient Comparisons => new(comparisonChannel);

    public V1.BranchService.BranchServiceClient Branches => new(branchChannel);

    public V1.MergeService.MergeServiceClient Merges => new(branchChannel);

    public V1.DatasetService.DatasetServiceClient Datasets => new(ingestChannel);

    public V1.RecordService.RecordServiceClient Records => new(ingestChannel);

    public Metadata Key { get; private set; } = [];

    public static async Task<BenchmarkPlatform> StartAsync(CancellationToken cancellationToken)
    {
        var postgres = await MeasuredServer.StartAsync();
        await ExecuteAsync(postgres, "postgres", "CREATE DATABASE platform");
        await MigrateAsync(postgres, cancellationToken);
        NpgsqlDataSource[] roles =
        [
            Connect(postgres, "postgres"),
            Connect(postgres, "dendrite_branch"),
            Connect(postgres, "dendrite_ingest"),
            Connect(postgres, "dendrite_scheduler"),
            Connect(postgres, "dendrite_comparison"),
        ];
        var redis = await RedisServer.StartAsync();
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var branchService = await StartServiceAsync(
            roles[1],
            multiplexer,
            builder => builder.AddBranches(),
            app => app.MapBranches()
        );
        var ingestService = await StartServiceAsync(
            roles[2],
            multiplexer,
            builder =>
            {
                builder.AddSignals();
                builder.AddRecords();
            },
            app => app.MapRecords()
        );
        var comparisonService = await StartServiceAsync(
            roles[4],
            multiplexer,
            builder => builder.AddComparison(),
            app => app.MapComparison()
        );
        var project = new NewProject(Project, Guid.CreateVersion7(), Guid.CreateVersion7());
        var id = await new ProjectStore(new(roles[1])).CreateAsync(project, "benchmark", cancellationToken);
        var running = (multiplexer, branchService, ingestService, comparisonService);
        var platform = new BenchmarkPlatform((postgres, redis), roles, running, id);
        await platform.AddKeyAsync(cancellationToken);
        return platform;
    }

    /// <summary>Makes a branch over gRPC.</summary>
    /// <returns>Its resource name.</returns>
    public async Task<string> BranchAsync(string id, string source)
    {
        var project = $"projects/{Project}";
        var request = new V1.CreateBranchRequest
        {
            Parent = project,
            BranchId = id,
            Source = new() { Branch = $"{project}/branches/{source}" },
        };
        return (await Branches.CreateBranchAsync(request, Key)).Branch.Name;
    }

    /// <summary>Runs a statement as the superuser, seeing the project.</summary>
    public async Task ArrangeAsync(string sql)
    {
        await using var connection = await Owner.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandTimeout = 0;
        command.CommandText = $"SELECT set_config('dendrite.project_id', '{ProjectId}', false); {sql}";
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>As the nightly maintenance leaves a table: pages known to be visible, statistics fresh.</summary>
    public async Task TidyAsync(string table)
    {
        await using var command = Owner.CreateCommand($"VACUUM ANALYZE {table}");
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs a statement in the server's own database, as for making another one.</summary>
    public Task AdministerAsync(string sql) => ExecuteAsync(postgres, "postgres", sql);

    /// <summary>Ends every connection to the platform's database: it is copied only while nobody is in it.</summary>
    public Task DisconnectAsync()
    {
        foreach (var source in new[] { Owner, Branch, Ingest, Scheduler, Comparison })
        {
            source.Clear();
        }

        return AdministerAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'platform'");
    }

    public async ValueTask DisposeAsync()
    {
        branchChannel.Dispose();
        ingestChannel.Dispose();
        comparisonChannel.Dispose();
        await comparisonService.DisposeAsync();
        await branchService.DisposeAsync();
        await ingestService.DisposeAsync();
        await multiplexer.DisposeAsync();
        await redis.DisposeAsync();
        await Owner.DisposeAsync();
        await Branch.DisposeAsync();
        await Ingest.DisposeAsync();
        await Scheduler.DisposeAsync();
        await Comparison.DisposeAsync();
        await postgres.DisposeAsync();
    }

    private static async Task MigrateAsync(PostgresServer postgres, CancellationToken cancellationToken)
    {
        await using var owner = Connect(postgres, "postgres");
        var migrator = new Migrator(owner, Migration.Embedded, NullLogger<Migrator>.Instance);
        await migrator.RunAsync(cancellationToken);
        foreach (var role in new[] { "branch", "ingest", "scheduler", "comparison" })
        {
            await ExecuteAsync(
                postgres,
                "platform",
                $"CREATE ROLE dendrite_{role} LOGIN IN ROLE dendrite_{role}_service"
            );
        }
    }

    private static Task<RunningService> StartServiceAsync(
        NpgsqlDataSource role,
        ConnectionMultiplexer redis,
        Action<WebApplicationBuilder> add,
        Action<WebApplication> map
    ) =>
        RunningService.StartAsync(
            builder =>
            {
                builder.AddServiceDefaults();
                builder.Services.AddSingleton(role);
                builder.Services.AddSingleton<IConnectionMultiplexer>(redis);
                builder.Services.AddSingleton<HotCache>();
                builder.AddAccess();
                add(builder);
            },
            app =>
            {
                app.MapDefaultEndpoints();
                map(app);
            }
        );

    private async Task AddKeyAsync(CancellationToken cancellationToken)
    {
        var key = ApiKey.Generate();
        var record = new ApiKeyRecord(key.Id, key.HashSecret(), ProjectId, null, "benchmark", [], null, null);
        await new ApiKeyStore(Owner).PutAsync(record, cancellationToken);
        Key = new() { { "authorization", $"Bearer {key.Reveal()}" } };
    }

    private static NpgsqlDataSource Connect(PostgresServer postgres, string role)
    {
        var builder = new NpgsqlDataSourceBuilder(postgres.ConnectionString("platform", role));
        PlatformDatabase.Configure(builder);
        // As of a service: a connection is there, and has its plans, also a minute after its last use.
        builder.ConnectionStringBuilder.ConnectionIdleLifetime = ServiceIdleSeconds;
        return builder.Build();
    }

    private static async Task ExecuteAsync(PostgresServer postgres, string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString(database));
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }
}
