using Dendrite.Access;
using Dendrite.BranchService;
using Dendrite.ComparisonService;
using Dendrite.Fixtures.Hosting;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.IngestService;
using Dendrite.SchedulerService.Tests.Outbound;
using Dendrite.ServiceDefaults;
using Dendrite.Storage;
using Dendrite.Storage.Access;
using Dendrite.Storage.Projects;
using Dendrite.V1;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.SchedulerService.Tests.Workflows;

/// <summary>
/// The four services in this process over one database, a web server to collect from, and a gate between the scheduler
/// and the others. One for each test class.
/// </summary>
public sealed partial class WorkflowLab : IAsyncLifetime
{
    public const string Parent = "projects/lab";
    public const string Main = $"{Parent}/branches/main";
    public const string Source = $"{Parent}/syncSources/registry";
    public const string Check = $"{Parent}/qualityChecks/positive";

    private readonly ApiKey key = ApiKey.Generate();
    private readonly List<RunningService> services = [];
    private readonly List<GrpcChannel> channels = [];
    private TestSite? site;
    private int count;

    public TestDatabase Database { get; } = new();

    public ProjectId Project { get; private set; }

    internal CallGate Gate { get; } = new();

    /// <summary>What the web server answers with; null: items <c>a</c>, <c>b</c>, and one that is always new.</summary>
    public string? Document { get; set; }

    public V1.BranchService.BranchServiceClient Branches => new(channels[0]);

    public TagService.TagServiceClient Tags => new(channels[0]);

    public MergeService.MergeServiceClient Merges => new(channels[0]);

    public ProjectService.ProjectServiceClient Projects => new(channels[0]);

    public V1.IngestService.IngestServiceClient Ingest => new(channels[1]);

    public DatasetService.DatasetServiceClient Datasets => new(channels[1]);

    public RecordService.RecordServiceClient Records => new(channels[1]);

    public QualityService.QualityServiceClient Quality => new(channels[2]);

    public WorkflowService.WorkflowServiceClient Workflows => new(channels[3]);

    public V1.SchedulerService.SchedulerServiceClient Jobs => new(channels[3]);

    public SyncService.SyncServiceClient Sync => new(channels[3]);

    public RunningService Scheduler => services[3];

    public Metadata Key => new() { { "authorization", $"Bearer {key.Reveal()}" } };

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The variables by which the command line finds this platform.</summary>
    internal string? FindVariable(string name) =>
        name switch
        {
            "DENDRITE_API_KEY" => key.Reveal(),
            "DENDRITE_PROJECT" => "lab",
            "DENDRITE_BRANCH_URL" => services[0].Grpc.ToString(),
            "DENDRITE_INGEST_URL" => services[1].Grpc.ToString(),
            "DENDRITE_COMPARISON_URL" => services[2].Grpc.ToString(),
            "DENDRITE_SCHEDULER_URL" => services[3].Grpc.ToString(),
            _ => null,
        };

    public async ValueTask InitializeAsync()
    {
        var uids = (new Guid(1, 0, 0, new byte[8]), new Guid(2, 0, 0, new byte[8]));
        Project = await new ProjectStore(new PlatformDatabase(Database.Owner)).CreateAsync(
            new("lab", uids.Item1, uids.Item2),
            "tests",
            default
        );
        await new ApiKeyStore(Database.Owner).PutAsync(
            new ApiKeyRecord(key.Id, key.HashSecret(), null, null, "tester", [], null, null),
            default
        );
        site = await TestSite.StartAsync(context =>
            context.Response.WriteAsync(Document ?? NewItems(), context.RequestAborted)
        );
        await AddAsync("dendrite_branch", builder => builder.AddBranches(), app => app.MapBranches());
        await AddAsync("dendrite_ingest", AddIngest, MapIngest);
        await AddAsync("dendrite_comparison", builder => builder.AddComparison(), app => app.MapComparison());
        await AddAsync("dendrite_scheduler", AddScheduler, app => app.MapScheduling());
        await PrepareAsync();
    }

    public async ValueTask DisposeAsync()
    {
        channels.ForEach(channel => channel.Dispose());
        for (var i = services.Count - 1; i >= 0; i--)
            await services[i].DisposeAsync();
        await site!.DisposeAsync();
        await Database.DisposeAsync();
    }

    private string NewItems() =>
        $$"""[{"id":"a","value":1},{"id":"b","value":2},{"id":"new-{{Interlocked.Increment(ref count)}}","value":3}]""";

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

    private void AddScheduler(WebApplicationBuilder builder)
    {
        builder.AddScheduling();
        Gated(builder.Services, "branch", calls => new V1.BranchService.BranchServiceClient(calls));
        Gated(builder.Services, "branch", calls => new MergeService.MergeServiceClient(calls));
        Gated(builder.Services, "branch", calls => new TagService.TagServiceClient(calls));
        Gated(builder.Services, "comparison", calls => new QualityService.QualityServiceClient(calls));
        Gated(builder.Services, "comparison", calls => new OperationService.OperationServiceClient(calls));
    }

    /// <summary>The client that was registered last is the one that is used.</summary>
    private void Gated<T>(IServiceCollection into, string service, Func<CallInvoker, T> open)
        where T : class =>
        into.AddSingleton(provider =>
            open(provider.GetRequiredKeyedService<GrpcChannel>(service).CreateCallInvoker().Intercept(Gate))
        );

    private async Task AddAsync(string role, Action<WebApplicationBuilder> add, Action<WebApplication> map)
    {
        var service = await RunningService.StartAsync(
            builder =>
            {
                builder.AddServiceDefaults();
                builder.AddPlatformConnections();
                builder.AddAccess();
                add(builder);
            },
            map,
            Settings(role)
        );
        services.Add(service);
        channels.Add(GrpcChannel.ForAddress(service.Grpc));
    }

    private Dictionary<string, string?> Settings(string role)
    {
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings:platform"] = Database.ConnectionString(role),
            ["ConnectionStrings:assertions"] = Database.Assertions,
            // Nobody is there: services work without Redis.
            ["ConnectionStrings:redis"] = $"127.0.0.1:{RedisServer.FreePort()},connectRetry=1",
            ["Dendrite:ApiKey"] = key.Reveal(),
            ["Operations:PollInterval"] = "00:00:00.1",
            ["Scheduler:Outbound:AllowedNetworks:0"] = "127.0.0.1/32",
            ["Scheduler:Sync:FirstDelay"] = "00:00:00.001",
            ["Scheduler:Sync:MaxDelay"] = "00:00:00.010",
            ["Scheduler:PollInterval"] = "00:00:00.05",
            ["Scheduler:TendInterval"] = "00:00:00.05",
            ["Scheduler:Workflows:PollInterval"] = "00:00:00.1",
            ["Scheduler:Workflows:MinPause"] = "00:00:00.01",
            // At new year, which no test run sees.
            ["Scheduler:RetentionCron"] = "0 0 1 1 *",
            ["Scheduler:Maintenance:Cron"] = "0 0 1 1 *",
        };
        string[] names = ["branch", "ingest", "comparison"];
        for (var i = 0; i < services.Count; i++)
            settings[$"services:{names[i]}:grpc:0"] = services[i].Grpc.ToString();
        return settings;
    }

    /// <summary>A template for names, a dataset on main, a source of it, and a check that merges require.</summary>
    private async Task PrepareAsync()
    {
        await Projects.UpdateProjectAsync(
            new()
            {
                Project = new() { Name = Parent, BranchNamingTemplates = { ["experiment"] = "night-{purpose}-v{n}" } },
            },
            Key
        );
        var setup = await Branches.CreateBranchAsync(new() { Parent = Parent, BranchId = "night-setup-v1" }, Key);
        var dataset = new Dataset { KeyColumns = { "id" } };
        dataset.Columns.Add(new Column { Column_ = "id", Type = ColumnType.Text });
        dataset.Columns.Add(new Column { Column_ = "value", Type = ColumnType.Decimal });
        await Datasets.CreateDatasetAsync(
            new()
            {
                Parent = setup.Branch.Name,
                DatasetId = "items",
                Dataset = dataset,
            },
            Key
        );
        await MergeAsync(setup.Branch.Name);
        await Sync.CreateSyncSourceAsync(
            new()
            {
                Parent = Parent,
                SyncSourceId = "registry",
                SyncSource = new()
                {
                    Dataset = $"{Main}/datasets/items",
                    Http = new() { Url = $"{site!.Address}items", Format = HttpFormat.Json },
                },
            },
            Key
        );
        await Quality.CreateQualityCheckAsync(
            new()
            {
                Parent = Parent,
                QualityCheckId = "positive",
                QualityCheck = new() { AssertionSql = "SELECT id FROM items WHERE value < 0", RequiredForMerge = true },
            },
            Key
        );
    }
}
