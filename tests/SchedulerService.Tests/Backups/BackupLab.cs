using Dendrite.Access;
using Dendrite.BranchService;
using Dendrite.Cli.Tests;
using Dendrite.Fixtures.Hosting;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.IngestService;
using Dendrite.Operations;
using Dendrite.ServiceDefaults;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Dendrite.Storage.Access;
using Dendrite.Storage.Backups;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Snapshots;
using Dendrite.V1;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Dendrite.SchedulerService.Tests.Backups;

/// <summary>
/// A platform with the project <c>lab</c>, and a folder for its backups that outlives it: a second platform over the
/// same folder is what is left after a loss.
/// </summary>
internal sealed class BackupLab : IAsyncDisposable
{
    public const string Project = "projects/lab";
    public const string Plan = $"{Project}/backupPlans/nightly";
    public const string Main = $"{Project}/branches/main";

    private readonly List<RunningService> services = [];
    private readonly List<GrpcChannel> channels = [];
    private readonly ApiKey key = ApiKey.Generate();
    private readonly Dictionary<string, string?> settings;

    private BackupLab(Dictionary<string, string?> settings) => this.settings = settings;

    public TestDatabase Database { get; } = new();

    public ProjectId Id { get; private set; }

    public Metadata Headers => new() { { "authorization", $"Bearer {key.Reveal()}" } };

    public CallOptions Options => new(Headers, cancellationToken: Token);

    public V1.BranchService.BranchServiceClient Branches => new(channels[0]);

    public TagService.TagServiceClient Tags => new(channels[0]);

    public MergeService.MergeServiceClient Merges => new(channels[0]);

    public HistoryService.HistoryServiceClient History => new(channels[0]);

    public DatasetService.DatasetServiceClient Datasets => new(channels[1]);

    public RecordService.RecordServiceClient Records => new(channels[1]);

    public BackupService.BackupServiceClient Backups => new(channels[2]);

    public OperationService.OperationServiceClient Operations => new(channels[2]);

    public V1.SchedulerService.SchedulerServiceClient Jobs => new(channels[2]);

    public BackupRecorder Recorder { get; private set; } = null!;

    public RunningService Scheduler => services[2];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts a platform over a store in a folder.</summary>
    public static Task<BackupLab> StartAsync(string folder, int seed = 1) =>
        StartAsync(new Dictionary<string, string?> { ["Backups:Stores:vault:Folder"] = folder }, seed);

    /// <summary>Starts a platform with the settings of a store named <c>vault</c>.</summary>
    public static async Task<BackupLab> StartAsync(Dictionary<string, string?> store, int seed = 1)
    {
        var lab = new BackupLab(store);
        var projects = new ProjectStore(new(lab.Database.Branch));
        lab.Id = await projects.CreateAsync(
            new("lab", new(seed, 1, 0, new byte[8]), new(seed, 2, 0, new byte[8])),
            "tests",
            Token
        );
        lab.Recorder = new(lab.Id, new(lab.Database.Ingest), seed);
        await new ApiKeyStore(lab.Database.Owner).PutAsync(
            new ApiKeyRecord(lab.key.Id, lab.key.HashSecret(), null, null, "tester", [], null, null),
            Token
        );
        var redis = await ConnectionMultiplexer.ConnectAsync(
            $"127.0.0.1:{RedisServer.FreePort()},abortConnect=false,connectRetry=1"
        );
        await lab.AddAsync(lab.Database.Branch, redis, builder => builder.AddBranches(), app => app.MapBranches());
        await lab.AddAsync(lab.Database.Ingest, redis, AddIngest, MapIngest);
        await lab.AddSchedulerAsync();
        return lab;
    }

    /// <summary>The metadata of a key of <c>lab</c> only.</summary>
    public async Task<Metadata> AddKeyAsync(params string[] roles)
    {
        var own = ApiKey.Generate();
        var record = new ApiKeyRecord(own.Id, own.HashSecret(), Id, null, "of the lab", roles, null, null);
        await new ApiKeyStore(Database.Owner).PutAsync(record, Token);
        return new() { { "authorization", $"Bearer {own.Reveal()}" } };
    }

    public Task<BackupPlan> AddPlanAsync(string branches = "branch_id = \"main\"", string tags = "") =>
        AddPlanAsync(
            new BackupPlan
            {
                BranchFilter = branches,
                TagFilter = tags,
                Store = "vault",
            }
        );

    public async Task<BackupPlan> AddPlanAsync(BackupPlan plan)
    {
        var request = new CreateBackupPlanRequest
        {
            Parent = Project,
            BackupPlanId = "nightly",
            BackupPlan = plan,
        };
        return (await Backups.CreateBackupPlanAsync(request, Options)).BackupPlan;
    }

    public async Task<Backup> BackUpAsync() =>
        await EndAsync<Backup>((await Backups.StartBackupAsync(new() { Parent = Plan }, Options)).Operation);

    public async Task<BackupVerification> CheckAsync(Backup backup) =>
        await EndAsync<BackupVerification>(
            (await Backups.CheckBackupAsync(new() { Name = backup.Name }, Options)).Operation
        );

    public async Task<RestoreResult> RestoreAsync(Backup backup, string prefix = "", params string[] items)
    {
        var request = new RestoreBackupRequest { Name = backup.Name, IdPrefix = prefix };
        request.Items.AddRange(items);
        return await EndAsync<RestoreResult>((await Backups.RestoreBackupAsync(request, Options)).Operation);
    }

    /// <summary>Waits for the end of an operation that is to succeed.</summary>
    public async Task<T> EndAsync<T>(V1.Operation operation)
        where T : IMessage<T>, new()
    {
        var ended = await EndAsync(operation);
        Assert.True(ended.State == V1.OperationState.Succeeded, ended.Error?.Message);
        return ended.Response.Unpack<T>();
    }

    public async Task<V1.Operation> EndAsync(V1.Operation operation)
    {
        var request = new WaitOperationRequest { Name = operation.Name };
        V1.Operation ended;
        do
        {
            ended = (await Operations.WaitOperationAsync(request, Options)).Operation;
        } while (ended.EndTime is null);
        return ended;
    }

    /// <summary>What the environment of the command line says. The scheduler answers for operations here.</summary>
    internal Func<string, string?> Variables =>
        CommandRun.Variables(
            key.Reveal(),
            service =>
                service switch
                {
                    "BRANCH" => services[0].Grpc.ToString(),
                    "INGEST" => services[1].Grpc.ToString(),
                    _ => services[2].Grpc.ToString(),
                }
        );

    /// <summary>The digest of what a branch shows.</summary>
    public async Task<string> DigestAsync(string branch)
    {
        var database = new PlatformDatabase(Database.Branch);
        var seen = await new SnapshotReader(database).ReadAsync(
            Id,
            branch,
            Dendrite.Storage.Snapshots.SnapshotPoint.Head,
            Token
        );
        return Convert.ToHexStringLower(await new ContentDigester(database).ComputeAsync(Id, seen.Snapshot, Token));
    }

    public Task ForkAsync(string branch, string from = "main") =>
        Branches
            .CreateBranchAsync(
                new()
                {
                    Parent = Project,
                    BranchId = branch,
                    Source = new() { Branch = $"{Project}/branches/{from}" },
                },
                Options
            )
            .ResponseAsync;

    public Task MergeAsync(string source, string target = "main") =>
        Merges
            .MergeBranchAsync(
                new()
                {
                    Pair = new() { Source = $"{Project}/branches/{source}", Target = $"{Project}/branches/{target}" },
                },
                Options
            )
            .ResponseAsync;

    public Task TagAsync(string tag, string branch) =>
        Tags.CreateTagAsync(
            new()
            {
                Parent = Project,
                TagId = tag,
                Source = new() { Branch = $"{Project}/branches/{branch}" },
            },
            Options
        ).ResponseAsync;

    public async ValueTask DisposeAsync()
    {
        channels.ForEach(channel => channel.Dispose());
        for (var i = services.Count - 1; i >= 0; i--)
        {
            await services[i].DisposeAsync();
        }

        await Database.DisposeAsync();
    }

    private static void AddIngest(WebApplicationBuilder builder)
    {
        builder.AddSignals();
        builder.AddRecords();
    }

    private static void MapIngest(WebApplication app)
    {
        app.MapSignals();
        app.MapRecords();
    }

    private async Task AddAsync(
        Npgsql.NpgsqlDataSource role,
        IConnectionMultiplexer redis,
        Action<WebApplicationBuilder> add,
        Action<WebApplication> map
    ) =>
        Add(
            await RunningService.StartAsync(
                builder =>
                {
                    builder.AddServiceDefaults();
                    builder.Services.AddSingleton(role);
                    builder.Services.AddSingleton(redis);
                    builder.Services.AddSingleton<HotCache>();
                    builder.AddAccess();
                    add(builder);
                },
                map
            )
        );

    private async Task AddSchedulerAsync()
    {
        settings["ConnectionStrings:platform"] = Database.ConnectionString("dendrite_scheduler");
        settings["ConnectionStrings:redis"] = $"127.0.0.1:{RedisServer.FreePort()},connectRetry=1";
        settings["services:branch:grpc:0"] = services[0].Grpc.ToString();
        settings["services:ingest:grpc:0"] = services[0].Grpc.ToString();
        settings["Dendrite:ApiKey"] = key.Reveal();
        settings.TryAdd("Operations:PollInterval", "00:00:00.2");
        Add(
            await RunningService.StartAsync(
                builder =>
                {
                    builder.AddServiceDefaults();
                    builder.AddPlatformConnections();
                    builder.AddAccess();
                    builder.AddScheduling();
                },
                app =>
                {
                    app.MapScheduling();
                    app.MapOperations();
                },
                settings
            )
        );
    }

    private void Add(RunningService service)
    {
        services.Add(service);
        channels.Add(GrpcChannel.ForAddress(service.Grpc));
    }
}
