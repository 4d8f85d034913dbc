using Dendrite.Fixtures;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Grpc.Core;
using Grpc.Net.Client;
using Npgsql;

namespace Dendrite.EndToEnd.Scheduling;

/// <summary>Three replicas of the scheduler, each a process of its own, over one database.</summary>
public sealed class SchedulerReplicas : IAsyncLifetime
{
    public const int Count = 3;
    private const string Password = "correct-horse";

    // Maintenance of an empty project rests between its steps: a run takes some seconds. A lease is as short as a busy
    // machine can renew it.
    private static readonly Dictionary<string, string> Settings = new()
    {
        ["Scheduler__Maintenance__Pause"] = "00:00:00.5",
        ["Scheduler__Maintenance__Cron"] = "0 0 1 1 *",
        ["Scheduler__RetentionCron"] = "0 0 1 1 *",
        ["Scheduler__Lease"] = "00:00:10",
        ["Scheduler__ReconcileInterval"] = "00:00:02",
        ["services__branch__grpc__0"] = "http://127.0.0.1:1",
        ["services__ingest__grpc__0"] = "http://127.0.0.1:1",
        ["Dendrite__ApiKey"] = Platform.Key,
    };

    private readonly List<PlatformService> replicas = [];
    private readonly List<GrpcChannel> channels = [];
    private PostgresServer? postgres;
    private RedisServer? redis;
    private NpgsqlDataSource? owner;

    public IReadOnlyList<PlatformService> Replicas => replicas;

    public static Metadata Headers => new() { { "authorization", $"Bearer {Platform.Key}" } };

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
        var database = postgres.ConnectionString("platform", "dendrite_scheduler", Password);
        for (var i = 0; i < Count; i++)
            replicas.Add(new("SchedulerService", database, redis.ConnectionString, database, Settings));
        await Task.WhenAll(replicas.Select(replica => replica.StartAsync()));
    }

    /// <summary>Of one replica; after it was killed and started again too.</summary>
    public V1.SchedulerService.SchedulerServiceClient Client(PlatformService replica)
    {
        var channel = GrpcChannel.ForAddress(replica.Address);
        channels.Add(channel);
        return new(channel);
    }

    /// <summary>Asks the database, as its owner.</summary>
    public async Task<long> CountAsync(string sql)
    {
        await using var command = owner!.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(Token));
    }

    /// <summary>Asks until it is so; bounded.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(120));
        while (!await holds())
            await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        channels.ForEach(channel => channel.Dispose());
        foreach (var replica in replicas)
            await replica.DisposeAsync();
        await redis!.DisposeAsync();
        await owner!.DisposeAsync();
        await postgres!.DisposeAsync();
    }

    private async Task MigrateAsync()
    {
        await using var migrations = new ServiceProcess(
            "Migrations",
            new Dictionary<string, string>
            {
                ["ConnectionStrings__platform"] = postgres!.ConnectionString("platform"),
                ["Roles__scheduler__Password"] = Password,
                ["Seed__Project"] = "lab",
                ["Seed__Keys__cli"] = Platform.Key,
            }
        );
        Assert.True(await migrations.RunAsync(Token) == 0, migrations.Log);
    }
}
