using Dendrite.Access;
using Dendrite.BranchService;
using Dendrite.ComparisonService.Similarity;
using Dendrite.ComparisonService.Tests.Similarity;
using Dendrite.Fixtures.Hosting;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.IngestService;
using Dendrite.ServiceDefaults;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Dendrite.Storage.Access;
using Dendrite.Storage.Projects;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackExchange.Redis;

namespace Dendrite.ComparisonService.Tests;

/// <summary>
/// The Comparison service on a real Kestrel, as its own role on a database of its own, with the project <c>lab</c>,
/// and
/// beside it the services that write. Ending it fails where an error was logged.
/// </summary>
public sealed class ComparisonFixture : IAsyncLifetime
{
    private readonly TestDatabase database = new();
    private readonly List<RunningService> services = [];
    private readonly List<GrpcChannel> channels = [];

    public V1.ComparisonService.ComparisonServiceClient Comparison => new(channels[0]);

    public V1.ExperimentService.ExperimentServiceClient Experiments => new(channels[0]);

    public V1.OperationService.OperationServiceClient Operations => new(channels[0]);

    public V1.ReportService.ReportServiceClient Reports => new(channels[0]);

    public V1.QualityService.QualityServiceClient Quality => new(channels[0]);

    public V1.BranchService.BranchServiceClient Branches => new(channels[1]);

    public V1.MergeService.MergeServiceClient Merges => new(channels[1]);

    public V1.TagService.TagServiceClient Tags => new(channels[1]);

    public V1.IngestService.IngestServiceClient Ingest => new(channels[2]);

    public V1.DatasetService.DatasetServiceClient Datasets => new(channels[2]);

    public V1.RecordService.RecordServiceClient Records => new(channels[2]);

    public ProjectId Project { get; private set; }

    /// <summary>What the Comparison service's process hosts.</summary>
    public WebApplication App => services[0].App;

    /// <summary>The database, for looking behind and for arranging what no service does.</summary>
    public TestDatabase Database => database;

    /// <summary>The metadata of a key that reaches <c>lab</c> only.</summary>
    public Metadata Key { get; private set; } = [];

    /// <summary>The metadata of a key that administers <c>lab</c>.</summary>
    public Metadata AdministratorKey { get; private set; } = [];

    /// <summary>What the budget of a search for similar windows is taken from.</summary>
    public HastyClock Clock { get; } = new();

    /// <summary>Writes behind the service's back, as Branch and Ingest do.</summary>
    public Recorder Recorder { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var projects = new ProjectStore(new(database.Branch));
        var project = await projects.CreateAsync(new("lab", NewUid(1), NewUid(2)), "tests", CancellationToken.None);
        Project = project;
        Recorder = new(project, new(database.Branch), new(database.Ingest));
        Key = await AddKeyAsync(project);
        AdministratorKey = await AddKeyAsync(project, Caller.AdministratorRole);
        // Nobody is there: every call must do without Redis.
        var redis = await ConnectionMultiplexer.ConnectAsync(
            $"127.0.0.1:{RedisServer.FreePort()},abortConnect=false,connectRetry=1"
        );
        await StartAsync(database.Comparison, redis, AddComparison, app => app.MapComparison());
        await StartAsync(database.Branch, redis, builder => builder.AddBranches(), app => app.MapBranches());
        await StartAsync(database.Ingest, redis, AddIngest, MapIngest);
    }

    public async ValueTask DisposeAsync()
    {
        channels.ForEach(channel => channel.Dispose());
        foreach (var service in services)
        {
            await service.DisposeAsync();
        }

        await database.DisposeAsync();
    }

    internal static Guid NewUid(int number) => new(number, 0, 0, new byte[8]);

    private void AddComparison(WebApplicationBuilder builder)
    {
        builder.AddComparison();
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<SimilarWindows>(services, Clock));
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

    private async Task StartAsync(
        NpgsqlDataSource role,
        IConnectionMultiplexer redis,
        Action<WebApplicationBuilder> add,
        Action<WebApplication> map
    )
    {
        var service = await RunningService.StartAsync(
            builder =>
            {
                builder.AddServiceDefaults();
                builder.Services.AddSingleton(role);
                builder.Services.AddSingleton(redis);
                builder.Services.AddSingleton<HotCache>();
                builder.AddAccess();
                add(builder);
            },
            app =>
            {
                app.MapDefaultEndpoints();
                map(app);
            },
            new Dictionary<string, string?>
            {
                ["ConnectionStrings:assertions"] = database.Assertions,
                // Tests wait for queries that run longer than they may.
                ["Assertions:StatementTimeout"] = "00:00:02",
            }
        );
        services.Add(service);
        channels.Add(GrpcChannel.ForAddress(service.Grpc));
    }

    private async Task<Metadata> AddKeyAsync(ProjectId project, params string[] roles)
    {
        var key = ApiKey.Generate();
        var record = new ApiKeyRecord(key.Id, key.HashSecret(), project, null, "a test", roles, null, null);
        await new ApiKeyStore(database.Owner).PutAsync(record, CancellationToken.None);
        return new() { { "authorization", $"Bearer {key.Reveal()}" } };
    }
}
