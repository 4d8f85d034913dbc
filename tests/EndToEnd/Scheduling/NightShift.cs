using Dendrite.Fixtures;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.Storage;
using Dendrite.Storage.Projects;
using Grpc.Core;
using Grpc.Net.Client;
using Npgsql;

namespace Dendrite.EndToEnd.Scheduling;

/// <summary>
/// All that works at night: the whole platform with two replicas of the scheduler, each part a process of its own, and
/// a folder for backups.
/// </summary>
public sealed class NightShift : IAsyncLifetime
{
    public const string Project = "projects/lab";
    private const int SchedulerCount = 2;
    private const string Password = "correct-horse";

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-night-");
    private readonly List<PlatformService> schedulers = [];
    private readonly List<GrpcChannel> channels = [];
    private PostgresServer? postgres;
    private RedisServer? redis;
    private NpgsqlDataSource? owner;

    public PlatformService Branch { get; private set; } = null!;

    public PlatformService Ingest { get; private set; } = null!;

    /// <summary>Answers for operations, whoever works on them.</summary>
    public PlatformService Comparison { get; private set; } = null!;

    public IReadOnlyList<PlatformService> Schedulers => schedulers;

    /// <summary>The folder of the store <c>vault</c>.</summary>
    public string Vault => folder.FullName;

    public ProjectId Id { get; private set; }

    /// <summary>The database, as its owner.</summary>
    public NpgsqlDataSource Owner => owner!;

    public static CallOptions Options =>
        new(new() { { "authorization", $"Bearer {Platform.Key}" } }, cancellationToken: Token);

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
        // Of whoever runs the installation: it reaches every project.
        await CountAsync("WITH all_keys AS (UPDATE access.api_key SET project_id = NULL RETURNING 1) SELECT 1");
        Id = (await new ProjectStore(new(owner)).GetAsync("lab", Token)).Id;
        Branch = Service("branch", "BranchService", []);
        Ingest = Service("ingest", "IngestService", []);
        Comparison = Service("comparison", "ComparisonService", []);
        for (var i = 0; i < SchedulerCount; i++)
            schedulers.Add(Service("scheduler", "SchedulerService", SchedulerSettings()));
        await Task.WhenAll(Branch.StartAsync(), Ingest.StartAsync(), Comparison.StartAsync());
        await Task.WhenAll(schedulers.Select(replica => replica.StartAsync()));
    }

    /// <summary>A connection string of a role of the services, such as <c>dendrite_ingest</c>.</summary>
    public string ConnectionString(string role) => postgres!.ConnectionString("platform", role, Password);

    /// <summary>A channel to a service; works again after that was killed and started again.</summary>
    public CallInvoker Open(PlatformService service)
    {
        var channel = GrpcChannel.ForAddress(service.Address);
        channels.Add(channel);
        return channel.CreateCallInvoker();
    }

    /// <summary>Asks the database for a number, as its owner.</summary>
    public async Task<long> CountAsync(string sql)
    {
        await using var command = owner!.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(Token));
    }

    /// <summary>Asks the database for texts, as its owner.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(string sql)
    {
        await using var command = owner!.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var found = new List<string>();
        while (await reader.ReadAsync(Token))
            found.Add(reader.GetString(0));
        return found;
    }

    /// <summary>Waits until something is so; bounded.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(Patience);
        while (!await holds())
            await Task.Delay(Look, limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        channels.ForEach(channel => channel.Dispose());
        foreach (var service in schedulers.Append(Comparison).Append(Ingest).Append(Branch))
            await service.DisposeAsync();
        await redis!.DisposeAsync();
        await owner!.DisposeAsync();
        await postgres!.DisposeAsync();
        folder.Delete(recursive: true);
    }

    // Leases are as short as a busy machine can renew them: what a dead replica leaves is taken over after one.
    private Dictionary<string, string> SchedulerSettings() =>
        new()
        {
            ["services__branch__grpc__0"] = Branch.Address,
            ["services__ingest__grpc__0"] = Ingest.Address,
            ["services__comparison__grpc__0"] = Comparison.Address,
            ["Dendrite__ApiKey"] = Platform.Key,
            ["Scheduler__Lease"] = "00:00:02",
            ["Operations__Lease"] = "00:00:02",
            ["Scheduler__PollInterval"] = "00:00:00.2",
            ["Scheduler__ReconcileInterval"] = "00:00:01",
            // What each run is to do is said by the tests.
            ["Scheduler__RetentionCron"] = "0 0 1 1 *",
            ["Scheduler__Maintenance__Cron"] = "0 0 1 1 *",
            ["Scheduler__QuietTime"] = "00:00:00",
            ["Scheduler__Outbound__AllowedNetworks__0"] = "127.0.0.1/32",
            ["Scheduler__Sync__FirstDelay"] = "00:00:00.001",
            ["Scheduler__Sync__MaxDelay"] = "00:00:00.010",
            ["Scheduler__Alerts__Interval"] = "00:00:00.5",
            ["Scheduler__Alerts__DeliveryInterval"] = "00:00:00.2",
            ["Secrets__hook-key"] = "hush",
            ["Operations__MaxAttempts"] = "1000",
            ["Backups__Stores__vault__Folder"] = Vault,
        };

    private PlatformService Service(string role, string project, Dictionary<string, string> settings) =>
        new(
            project,
            ConnectionString($"dendrite_{role}"),
            redis!.ConnectionString,
            ConnectionString("dendrite_assertion"),
            settings
        );

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

/// <summary>One night shift for all tests of it: it takes a while to begin.</summary>
[CollectionDefinition]
public sealed class NightShiftCollection : ICollectionFixture<NightShift>;
