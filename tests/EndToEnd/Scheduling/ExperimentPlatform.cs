using Dendrite.Fixtures;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Npgsql;

namespace Dendrite.EndToEnd.Scheduling;

/// <summary>The whole platform, each part a process of its own, with two replicas of the scheduler.</summary>
public sealed partial class ExperimentPlatform : IAsyncLifetime
{
    private const string Password = "correct-horse";

    private readonly List<PlatformService> services = [];
    private readonly List<GrpcChannel> channels = [];
    private PostgresServer? postgres;
    private RedisServer? redis;
    private NpgsqlDataSource? owner;

    public static Metadata Headers => new() { { "authorization", $"Bearer {Platform.Key}" } };

    public IReadOnlyList<PlatformService> Schedulers => services[3..];

    public string BranchAddress => services[0].Address;

    public V1.BranchService.BranchServiceClient Branches => new(Open(services[0]));

    public ProjectService.ProjectServiceClient Projects => new(Open(services[0]));

    public V1.IngestService.IngestServiceClient Ingest => new(Open(services[1]));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        postgres = await PostgresServer.StartAsync(durable: true);
        redis = await RedisServer.StartAsync();
        await using (var server = NpgsqlDataSource.Create(postgres.ConnectionString("postgres")))
        await using (var create = server.CreateCommand("CREATE DATABASE platform"))
            await create.ExecuteNonQueryAsync();
        owner = NpgsqlDataSource.Create(postgres.ConnectionString("platform"));
        await MigrateAsync();
        var none = new Dictionary<string, string>();
        Add("BranchService", "dendrite_branch", none);
        Add("IngestService", "dendrite_ingest", none);
        Add("ComparisonService", "dendrite_comparison", none);
        Dictionary<string, string> settings = new()
        {
            ["Scheduler__Maintenance__Cron"] = "0 0 1 1 *",
            ["Scheduler__RetentionCron"] = "0 0 1 1 *",
            // As short as a busy machine can renew it.
            ["Scheduler__Lease"] = "00:00:10",
            ["services__branch__grpc__0"] = services[0].Address,
            ["services__ingest__grpc__0"] = services[1].Address,
            ["services__comparison__grpc__0"] = services[2].Address,
            ["Dendrite__ApiKey"] = Platform.Key,
        };
        Add("SchedulerService", "dendrite_scheduler", settings);
        Add("SchedulerService", "dendrite_scheduler", settings);
        await Task.WhenAll(services.Select(service => service.StartAsync()));
    }

    public WorkflowService.WorkflowServiceClient Workflows(PlatformService scheduler) => new(Open(scheduler));

    public V1.SchedulerService.SchedulerServiceClient Jobs(PlatformService scheduler) => new(Open(scheduler));

    /// <summary>Asks the database, as its owner.</summary>
    public async Task<long> CountAsync(string sql)
    {
        await using var command = owner!.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(Token));
    }

    public async ValueTask DisposeAsync()
    {
        channels.ForEach(channel => channel.Dispose());
        foreach (var service in services)
            await service.DisposeAsync();
        await redis!.DisposeAsync();
        await owner!.DisposeAsync();
        await postgres!.DisposeAsync();
    }

    private void Add(string project, string role, IReadOnlyDictionary<string, string> settings) =>
        services.Add(
            new(
                project,
                postgres!.ConnectionString("platform", role, Password),
                redis!.ConnectionString,
                postgres.ConnectionString("platform", "dendrite_assertion", Password),
                settings
            )
        );

    private GrpcChannel Open(PlatformService service)
    {
        var channel = GrpcChannel.ForAddress(service.Address);
        channels.Add(channel);
        return channel;
    }

    private async Task MigrateAsync()
    {
        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings__platform"] = postgres!.ConnectionString("platform"),
            ["Seed__Project"] = "lab",
            ["Seed__Keys__cli"] = Platform.Key,
        };
        foreach (var role in new[] { "branch", "ingest", "comparison", "scheduler", "assertion" })
            settings[$"Roles__{role}__Password"] = Password;
        await using var migrations = new ServiceProcess("Migrations", settings);
        Assert.True(await migrations.RunAsync(Token) == 0, migrations.Log);
    }
}
