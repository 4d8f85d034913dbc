using Dendrite.Access;
using Dendrite.Cli.Tests;
using Dendrite.Contracts.Names;
using Dendrite.Fixtures.Hosting;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.IngestService;
using Dendrite.SchedulerService.Sync.Rpc;
using Dendrite.SchedulerService.Sync.Running;
using Dendrite.ServiceDefaults;
using Dendrite.Storage;
using Dendrite.Storage.Access;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using Dendrite.Storage.Sync;
using Dendrite.V1;
using Dendrite.Versioning;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SnapshotPoint = Dendrite.Storage.Snapshots.SnapshotPoint;

namespace Dendrite.SchedulerService.Tests.Sync;

/// <summary>
/// The Scheduler and a real Ingest service in this process, a branch, and datasets to pull into. One for each test
/// class.
/// </summary>
public sealed class SyncLab : IAsyncLifetime
{
    public const string Parent = "projects/lab";
    public const string Branch = "projects/lab/branches/study";

    private readonly ApiKey key = ApiKey.Generate();
    private readonly List<GrpcChannel> channels = [];
    private RunningService? ingest;
    private int count;

    public TestDatabase Database { get; } = new();

    public ProjectId Project { get; private set; }

    /// <summary>The folder of <c>Scheduler:Sync:Folder</c>.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("sync").FullName;

    internal RunningService Scheduler { get; private set; } = null!;

    internal SyncService.SyncServiceClient Sync { get; private set; } = null!;

    internal V1.SchedulerService.SchedulerServiceClient Jobs { get; private set; } = null!;

    internal OperationService.OperationServiceClient Operations { get; private set; } = null!;

    internal DatasetService.DatasetServiceClient Datasets { get; private set; } = null!;

    internal RecordService.RecordServiceClient Records { get; private set; } = null!;

    /// <summary>The variables by which the command line finds this platform.</summary>
    internal Func<string, string?> Variables =>
        // The Scheduler answers for operations here, as the Comparison service does in an installation.
        CommandRun.Variables(key.Reveal(), service => (service == "INGEST" ? ingest! : Scheduler).Grpc.ToString());

    public Metadata Key => new() { { "authorization", $"Bearer {key.Reveal()}" } };

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var database = new PlatformDatabase(Database.Owner);
        Project = await new ProjectStore(database).CreateAsync(new("lab", NewUid(1), NewUid(2)), "tests", default);
        await new ApiKeyStore(Database.Owner).PutAsync(
            new ApiKeyRecord(key.Id, key.HashSecret(), null, null, "tester", [], null, null),
            default
        );
        await ForkAsync(database);
        ingest = await RunningService.StartAsync(
            builder =>
            {
                AddDefaults(builder);
                builder.AddSignals();
                builder.AddRecords();
            },
            app =>
            {
                app.MapSignals();
                app.MapRecords();
            },
            Settings("dendrite_ingest")
        );
        Scheduler = await StartSchedulerAsync();
        Sync = new(Open(Scheduler));
        Jobs = new(Open(Scheduler));
        Operations = new(Open(Scheduler));
        Datasets = new(Open(ingest));
        Records = new(Open(ingest));
    }

    public async ValueTask DisposeAsync()
    {
        channels.ForEach(channel => channel.Dispose());
        await Scheduler.DisposeAsync();
        await ingest!.DisposeAsync();
        await Database.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>A dataset of its own: <c>id</c> is the key, and <c>updated_at</c> grows with every change.</summary>
    public async Task<string> CreateDatasetAsync(Action<Dataset>? change = null, string? id = null)
    {
        var dataset = new Dataset { KeyColumns = { "id" } };
        dataset.Columns.Add(new Column { Column_ = "id", Type = ColumnType.Text });
        dataset.Columns.Add(new Column { Column_ = "name", Type = ColumnType.Text });
        dataset.Columns.Add(new Column { Column_ = "value", Type = ColumnType.Decimal });
        dataset.Columns.Add(new Column { Column_ = "updated_at", Type = ColumnType.Timestamp });
        change?.Invoke(dataset);
        var request = new CreateDatasetRequest
        {
            Parent = Branch,
            DatasetId = id ?? $"items-{Interlocked.Increment(ref count)}",
            Dataset = dataset,
        };
        return (await Datasets.CreateDatasetAsync(request, Key)).Dataset.Name;
    }

    /// <summary>A source with small batches, that gives up late.</summary>
    internal async Task<SyncSource> CreateSourceAsync(SyncSource source)
    {
        source.Limits ??= new()
        {
            MinBatchItems = 5,
            MaxBatchItems = 50,
            MaxItemAttempts = 6,
        };
        var request = new CreateSyncSourceRequest
        {
            Parent = Parent,
            SyncSourceId = $"source-{Interlocked.Increment(ref count)}",
            SyncSource = source,
        };
        return (await Sync.CreateSyncSourceAsync(request, Key)).SyncSource;
    }

    /// <summary>Pulls a source as a run would.</summary>
    /// <param name="control">Whether it may go on; null: always.</param>
    internal async Task<SyncTally> PullAsync(SyncSource source, ISyncControl? control = null, Guid? run = null)
    {
        var pull = Scheduler.App.Services.GetRequiredService<SyncPull>();
        var work = await OpenAsync(source, control, run);
        return (await pull.RunAsync(work, Token)).Tally;
    }

    internal async Task<SyncWork> OpenAsync(SyncSource source, ISyncControl? control = null, Guid? run = null)
    {
        var services = Scheduler.App.Services;
        var name = SyncSourceName.Parse(source.Name);
        var record = await services.GetRequiredService<SyncSourceStore>().GetAsync(Project, name.SyncSource, Token);
        var definition = SyncMapper.ReadDefinition(record);
        return new(Project, name, record, definition, DatasetName.Parse(definition.Dataset))
        {
            Run = run ?? NewUid(Interlocked.Increment(ref count) + 1_000),
            Fence = await services.GetRequiredService<SyncProgressStore>().NextFenceAsync(Project, Token),
            Control = control ?? new SyncStop(int.MaxValue),
        };
    }

    /// <summary>All records of a dataset: id to a column's value.</summary>
    public async Task<SortedDictionary<string, string>> ReadAsync(string dataset, string column = "value")
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var request = new QueryRecordsRequest { Parent = dataset, PageSize = 1_000 };
        do
        {
            var page = await Records.QueryRecordsAsync(request, Key);
            foreach (var record in page.Records)
                all.Add(record.Values.Fields["id"].StringValue, record.Values.Fields[column].StringValue);
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);

        return all;
    }

    /// <summary>The newest commit of the branch.</summary>
    internal async Task<CommitVersion> HeadAsync() =>
        (await new BranchStore(new(Database.Owner)).GetAsync(Project, "study", Token)).HeadVersion;

    /// <summary>Takes the branch back to one of its states.</summary>
    internal async Task ResetAsync(CommitVersion version)
    {
        var store = new PlatformDatabase(Database.Owner);
        var (branches, requests) = (new BranchStore(store), new IdempotencyStore(store));
        var writer = new BranchWriter(store, branches, requests);
        var resetter = new BranchResetter(store, new SnapshotReader(store), branches, writer, requests);
        var mutation = new Mutation("tests", "Reset", Parent) { RequestDigest = new byte[32] };
        await resetter.ResetAsync(Project, new("study"), SnapshotPoint.At(version), mutation, Token);
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>Of all branches: grows with whatever is written.</summary>
    public async Task<long> CountCommitsAsync()
    {
        await using var command = Database.Owner.CreateCommand("SELECT count(*) FROM branching.commit");
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }

    public async Task<Operation> WaitAsync(Operation operation)
    {
        while (operation.EndTime is null)
        {
            var wait = new WaitOperationRequest { Name = operation.Name };
            operation = (await Operations.WaitOperationAsync(wait, Key, cancellationToken: Token)).Operation;
        }

        return operation;
    }

    private Task<RunningService> StartSchedulerAsync()
    {
        var settings = Settings("dendrite_scheduler");
        settings["services:branch:grpc:0"] = ingest!.Grpc.ToString();
        settings["services:ingest:grpc:0"] = ingest.Grpc.ToString();
        settings["services:comparison:grpc:0"] = ingest.Grpc.ToString();
        settings["Dendrite:ApiKey"] = key.Reveal();
        settings["Scheduler:Outbound:AllowedNetworks:0"] = "127.0.0.1/32";
        settings["Scheduler:Sync:Folder"] = Folder;
        settings["Scheduler:Sync:FirstDelay"] = "00:00:00.001";
        settings["Scheduler:Sync:MaxDelay"] = "00:00:00.010";
        settings["Secrets:lab:token"] = "t0ken";
        settings["Secrets:lab:two-lines"] = "a\nb";
        settings["Secrets:lab:database"] = Database.ConnectionString("postgres");
        settings["Secrets:lab:no-database"] = "nothing=here";
        return RunningService.StartAsync(
            builder =>
            {
                AddDefaults(builder);
                builder.AddScheduling();
            },
            app =>
            {
                app.MapScheduling();
                // The Comparison service does in an installation.
                app.MapGrpcService<Dendrite.Operations.OperationRpc>();
            },
            settings
        );
    }

    private static void AddDefaults(WebApplicationBuilder builder)
    {
        builder.AddServiceDefaults();
        builder.AddPlatformConnections();
        builder.AddAccess();
    }

    private Dictionary<string, string?> Settings(string role) =>
        new()
        {
            ["ConnectionStrings:platform"] = Database.ConnectionString(role),
            // Nobody is there: services work without Redis.
            ["ConnectionStrings:redis"] = $"127.0.0.1:{RedisServer.FreePort()},connectRetry=1",
        };

    private async Task ForkAsync(PlatformDatabase database)
    {
        var store = new BranchStore(database);
        var forker = new BranchForker(
            database,
            new SnapshotReader(database),
            new BranchWriter(database, store, new IdempotencyStore(database))
        );
        var branch = new NewBranch("study", NewUid(3), "main", SnapshotPoint.Head) { Owner = "tests" };
        var mutation = new Mutation("tests", "Fork", Parent) { RequestDigest = new byte[32] };
        await forker.CreateAsync(Project, branch, mutation, default);
    }

    private CallInvoker Open(RunningService service)
    {
        var channel = GrpcChannel.ForAddress(service.Grpc);
        channels.Add(channel);
        return channel.CreateCallInvoker();
    }

    private static Guid NewUid(int number) => new(number, 0, 0, new byte[8]);
}
