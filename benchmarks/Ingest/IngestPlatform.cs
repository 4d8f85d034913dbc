using System.Net;
using Dendrite.Benchmarks.Ingest.Gateways;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Fixtures;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.Storage;
using Dendrite.Storage.Access;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Migrations;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Dendrite.Benchmarks.Ingest;

/// <summary>
/// Everything between a device and the disk on this machine, each part a process of its own: the gateways, the Ingest
/// service, Redis, and PostgreSQL that flushes every commit.
/// </summary>
internal sealed class IngestPlatform : IAsyncDisposable
{
    private const string Project = "lab";
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private readonly int httpPort = ServiceProcess.FreePort();
    private readonly int grpcPort = ServiceProcess.FreePort();
    private readonly PostgresServer postgres;
    private readonly RedisServer redis;
    private readonly NpgsqlDataSource owner;
    private readonly ServiceProcess service;
    private string apiKey = "";
    private int branches;

    private IngestPlatform(PostgresServer postgres, RedisServer redis)
    {
        this.postgres = postgres;
        this.redis = redis;
        owner = NpgsqlDataSource.Create(postgres.ConnectionString("platform"));
        service = new("IngestService", ServiceSettings());
        Gateways = GatewayProcess.Start();
    }

    public GatewayProcess Gateways { get; }

    public static async Task<IngestPlatform> StartAsync(CancellationToken cancellationToken)
    {
        var postgres = await MeasuredServer.StartAsync();
        await using (var server = NpgsqlDataSource.Create(postgres.ConnectionString("postgres")))
        await using (var create = server.CreateCommand("CREATE DATABASE platform"))
        {
            await create.ExecuteNonQueryAsync(cancellationToken);
        }

        var platform = new IngestPlatform(postgres, await RedisServer.StartAsync());
        await platform.PrepareAsync(cancellationToken);
        await platform.StartServiceAsync(cancellationToken);
        return platform;
    }

    /// <summary>Opens gateways, each with a stream of its own.</summary>
    /// <param name="gateways">How many.</param>
    /// <param name="branchCount">Over how many branches their streams are spread.</param>
    /// <param name="shape">What they record.</param>
    public async Task<GatewayLoad> OpenGatewaysAsync(int gateways, int branchCount, RecordingShape shape)
    {
        var names = new List<string>();
        for (var i = 0; i < branchCount; i++)
        {
            names.Add(await CreateBranchAsync());
        }

        var streams = Enumerable
            .Range(0, gateways)
            .Select(gateway => $"projects/{Project}/branches/{names[gateway % branchCount]}/streams/device-{gateway}")
            .ToArray();
        return await Gateways.OpenAsync(load =>
            new(load, StorageWay.Append, $"http://127.0.0.1:{grpcPort}", apiKey, streams, shape)
        );
    }

    /// <summary>Opens what the gateways are compared with: as many writers, straight to PostgreSQL.</summary>
    public Task<GatewayLoad> OpenBaselineAsync(StorageWay way, int writers, RecordingShape shape)
    {
        var targets = Enumerable.Range(0, writers).Select(writer => $"device-{writer}").ToArray();
        var address = postgres.ConnectionString("platform");
        return Gateways.OpenAsync(load => new(load, way, address, ApiKey: "", targets, shape));
    }

    /// <summary>Processor time of each part so far.</summary>
    public PartTimes ProcessorTimes() =>
        new(
            ProcessCost.ProcessorTime(Gateways.ProcessId),
            ProcessCost.ProcessorTime(service.ProcessId),
            ProcessCost.ProcessorTime(postgres.ProcessId)
        );

    /// <summary>What the service and the gateways hold of the machine's memory, in bytes.</summary>
    public (long Service, long Gateways) WorkingSets() =>
        (ProcessCost.WorkingSetBytes(service.ProcessId), ProcessCost.WorkingSetBytes(Gateways.ProcessId));

    /// <summary>Bytes of the log of changes that PostgreSQL has written so far.</summary>
    public async Task<long> LogBytesAsync()
    {
        await using var command = owner.CreateCommand("SELECT (pg_current_wal_lsn() - '0/0')::bigint");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await Gateways.DisposeAsync();
        await service.DisposeAsync();
        await redis.DisposeAsync();
        await owner.DisposeAsync();
        await postgres.DisposeAsync();
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var migrator = new Migrator(owner, Migration.Embedded, NullLogger<Migrator>.Instance);
        await migrator.RunAsync(cancellationToken);
        await using (
            var role = owner.CreateCommand("CREATE ROLE dendrite_ingest LOGIN IN ROLE dendrite_ingest_service")
        )
        {
            await role.ExecuteNonQueryAsync(cancellationToken);
        }

        var project = new NewProject(Project, Guid.CreateVersion7(), Guid.CreateVersion7());
        var id = await new ProjectStore(new(owner)).CreateAsync(project, "benchmark", cancellationToken);
        var key = ApiKey.Generate();
        var record = new ApiKeyRecord(key.Id, key.HashSecret(), id, null, "benchmark", [], null, null);
        await new ApiKeyStore(owner).PutAsync(record, cancellationToken);
        apiKey = key.Reveal();
    }

    private async Task StartServiceAsync(CancellationToken cancellationToken)
    {
        service.Start();
        using var http = new HttpClient();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(StartPatience);
        while (true)
        {
            try
            {
                var health = await http.GetAsync($"http://127.0.0.1:{httpPort}/health", patience.Token);
                if (health.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(50, patience.Token);
        }
    }

    private async Task<string> CreateBranchAsync()
    {
        var database = new PlatformDatabase(owner);
        var project = (await new ProjectStore(database).GetAsync(Project, CancellationToken.None)).Id;
        var writer = new BranchWriter(database, new BranchStore(database), new IdempotencyStore(database));
        var forker = new BranchForker(database, new SnapshotReader(database), writer);
        var name = $"experiment-{branches++}";
        var branch = new NewBranch(name, Guid.CreateVersion7(), "main", SnapshotPoint.Head) { Owner = "benchmark" };
        var mutation = new Mutation("benchmark", "Fork", $"projects/{Project}") { RequestDigest = new byte[32] };
        await forker.CreateAsync(project, branch, mutation, CancellationToken.None);
        return name;
    }

    private Dictionary<string, string> ServiceSettings() =>
        new()
        {
            ["ConnectionStrings__platform"] = postgres.ConnectionString("platform", "dendrite_ingest"),
            ["ConnectionStrings__redis"] = redis.ConnectionString,
            ["Kestrel__Endpoints__http__Url"] = $"http://127.0.0.1:{httpPort}",
            ["Kestrel__Endpoints__http__Protocols"] = "Http1",
            ["Kestrel__Endpoints__grpc__Url"] = $"http://127.0.0.1:{grpcPort}",
            ["Kestrel__Endpoints__grpc__Protocols"] = "Http2",
            ["ASPNETCORE_CONTENTROOT"] = AppContext.BaseDirectory,
        };
}

/// <summary>Processor time of each part.</summary>
internal readonly record struct PartTimes(TimeSpan Gateways, TimeSpan Service, TimeSpan Postgres)
{
    public TimeSpan Total => Gateways + Service + Postgres;

    public PartTimes Since(PartTimes before) =>
        new(Gateways - before.Gateways, Service - before.Service, Postgres - before.Postgres);
}
