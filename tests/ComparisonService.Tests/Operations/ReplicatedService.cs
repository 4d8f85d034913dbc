using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Fixtures.Hosting;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.Operations;
using Dendrite.ServiceDefaults;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Dendrite.Storage.Access;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Requests;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Dendrite.ComparisonService.Tests.Operations;

/// <summary>Replicas of the service on one database, which work on a task that tests hold in their hands.</summary>
public sealed class ReplicatedService : IAsyncDisposable
{
    private readonly TestDatabase database = new();
    private readonly List<IAsyncDisposable> running = [];
    private ProjectId project;
    private int asked;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ProjectId Project => project;

    public TestDatabase Database => database;

    /// <summary>Forks branches, as Branch does.</summary>
    public Recorder Recorder => new(project, new(database.Branch), new(database.Ingest));

    /// <summary>The metadata of a key that reaches <c>lab</c> only.</summary>
    public Metadata Key { get; private set; } = [];

    public static async Task<ReplicatedService> StartAsync()
    {
        var service = new ReplicatedService();
        var projects = new ProjectStore(new(service.database.Branch));
        service.project = await projects.CreateAsync(
            new("lab", ComparisonFixture.NewUid(1), ComparisonFixture.NewUid(2)),
            "tests",
            Token
        );
        var key = ApiKey.Generate();
        await new ApiKeyStore(service.database.Owner).PutAsync(
            new(key.Id, key.HashSecret(), service.project, null, "a test", [], null, null),
            Token
        );
        service.Key = new() { { "authorization", $"Bearer {key.Reveal()}" } };
        return service;
    }

    /// <summary>One more replica.</summary>
    public async Task<Replica> AddAsync(params (string Name, string Value)[] settings)
    {
        var redis = await ConnectionMultiplexer.ConnectAsync(
            $"127.0.0.1:{RedisServer.FreePort()},abortConnect=false,connectRetry=1"
        );
        var task = new HeldTask();
        var service = await RunningService.StartAsync(
            builder =>
            {
                builder.AddServiceDefaults();
                builder.Services.AddSingleton(database.Comparison);
                builder.Services.AddSingleton<IConnectionMultiplexer>(redis);
                builder.Services.AddSingleton<HotCache>();
                builder.AddAccess();
                builder.AddComparison();
                builder.Services.AddSingleton<IOperationTask>(task);
            },
            app =>
            {
                app.MapDefaultEndpoints();
                app.MapComparison();
            },
            new Dictionary<string, string?>(settings.Select(one => KeyValuePair.Create(one.Name, (string?)one.Value)))
            {
                ["Operations:PollInterval"] = "00:00:00.050",
            }
        );
        var replica = new Replica(service, task, redis, this);
        running.Add(replica);
        return replica;
    }

    /// <summary>Makes every lease pass, as if its holder had been silent for long.</summary>
    public async Task LetLeasesPassAsync()
    {
        await using var command = database.Owner.CreateCommand(
            """
            UPDATE branching.operation SET lease_until = statement_timestamp() - interval '1 s'
            WHERE state = 'running'
            """
        );
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>As if whoever took what waits had died while the database's clock was ahead.</summary>
    public async Task DieAheadAsync(TimeSpan ahead)
    {
        await using var command = database.Owner.CreateCommand(
            """
            UPDATE branching.operation SET state = 'running', attempt = attempt + 1, worker = 'gone',
                lease_until = statement_timestamp() + $1
            WHERE state = 'pending'
            """
        );
        command.Parameters.Add(new() { Value = ahead });
        Assert.Equal(1, await command.ExecuteNonQueryAsync(Token));
    }

    /// <summary>How many parts are kept.</summary>
    public async Task<long> CountPartsAsync()
    {
        await using var command = database.Owner.CreateCommand("SELECT count(*) FROM branching.operation_part");
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }

    /// <summary>A request of its own by a fixed or a new id.</summary>
    public Mutation NewMutation(Guid? requestId = null) =>
        new("a test", "Hold", "projects/lab")
        {
            RequestId = requestId ?? ComparisonFixture.NewUid(10_000 + Interlocked.Increment(ref asked)),
            RequestDigest = new byte[32],
        };

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in running)
        {
            await replica.DisposeAsync();
        }

        await database.DisposeAsync();
    }
}

/// <summary>One process of the service.</summary>
public sealed class Replica(RunningService service, HeldTask task, ConnectionMultiplexer redis, ReplicatedService all)
    : IAsyncDisposable
{
    private readonly GrpcChannel channel = GrpcChannel.ForAddress(service.Grpc);
    private bool disposed;

    public RunningService Service => service;

    /// <summary>What this replica works on.</summary>
    public HeldTask Held => task;

    public OperationService.OperationServiceClient Operations => new(channel);

    public ExperimentService.ExperimentServiceClient Experiments => new(channel);

    public ReportService.ReportServiceClient Reports => new(channel);

    public QualityService.QualityServiceClient Quality => new(channel);

    /// <summary>Begins work.</summary>
    /// <param name="identity">Equal ones are the same work; null: work of its own.</param>
    public Task<Operation> StartAsync(string text, string? identity = null, Mutation? mutation = null) =>
        service
            .App.Services.GetRequiredService<OperationStarter>()
            .StartAsync(
                new(all.Project, new ProjectName("lab")),
                new LongWork(HeldTask.MethodName, new StringValue { Value = text })
                {
                    Identity = identity is null ? [] : [System.Text.Encoding.UTF8.GetBytes(identity)],
                },
                mutation ?? all.NewMutation(),
                TestContext.Current.CancellationToken
            );

    public async Task<Operation> WaitAsync(Operation operation) =>
        (await Operations.WaitOperationAsync(new() { Name = operation.Name }, all.Key)).Operation;

    public async Task<Operation> GetAsync(Operation operation) =>
        (await Operations.GetOperationAsync(new() { Name = operation.Name }, all.Key)).Operation;

    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        channel.Dispose();
        await service.DisposeAsync();
        await redis.DisposeAsync();
    }
}
