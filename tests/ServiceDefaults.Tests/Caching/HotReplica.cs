using Dendrite.Fixtures.Logging;
using Dendrite.Fixtures.Postgres;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Dendrite.ServiceDefaults.Tests.Caching;

/// <summary>What one replica of a service has of hot metadata: its own connection to Redis, its own flights.</summary>
internal sealed class HotReplica : IAsyncDisposable
{
    private readonly ConnectionMultiplexer redis;
    private readonly LogCapture logs = new();
    private readonly ILoggerFactory logging;
    private readonly ProjectId project;

    private HotReplica(TestDatabase database, ProjectId project, ConnectionMultiplexer redis)
    {
        this.redis = redis;
        logging = LoggerFactory.Create(builder => builder.AddProvider(logs));
        this.project = project;
        var cache = new HotCache(redis, TimeProvider.System, logging.CreateLogger<HotCache>());
        var writes = new HotWrites(cache, TimeProvider.System);
        Database = new PlatformDatabase(database.Branch, writes);
        AsIngest = new PlatformDatabase(database.Ingest, writes);
        Snapshots = new HotSnapshots(new SnapshotReader(Database), cache, writes, TimeProvider.System);
    }

    public PlatformDatabase Database { get; }

    /// <summary>The same with what the Ingest service may do.</summary>
    public PlatformDatabase AsIngest { get; }

    public HotSnapshots Snapshots { get; }

    /// <summary>Whether Redis did not answer in time at some moment, as it may on a machine that is busy.</summary>
    public bool MissedRedis => logs.Entries.Any(entry => entry.Level is LogLevel.Warning);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<HotReplica> StartAsync(TestDatabase database, ProjectId project, string redis) =>
        new(database, project, await ConnectionMultiplexer.ConnectAsync($"{redis},abortConnect=false"));

    public async Task<BranchSnapshot> ReadAsync(string branch = "main") =>
        await Snapshots.ReadAsync(project, branch, SnapshotPoint.Head, Token);

    public Task<BranchSnapshot> ReadTagAsync(string tag) =>
        Snapshots.ReadAsync(project, "main", SnapshotPoint.AtTagged(tag), Token);

    /// <summary>Commits to main, as a merge does.</summary>
    public async Task<CommitVersion> CommitAsync()
    {
        var main = await new SnapshotReader(Database).ReadAsync(project, "main", SnapshotPoint.Head, Token);
        await using var batch = Database.CreateBatch(project);
        batch.Add(CommitDoor.CreateCommand(new(main.Timeline, CommitKind.Merge, "tests", "", new byte[32])));
        return (await batch.ReadAsync(CommitDoor.ReadReceiptAsync, Token)).Version;
    }

    /// <summary>The same in a session, which is told apart: it ends with its own commit.</summary>
    public async Task<CommitVersion> CommitInSessionAsync()
    {
        var main = await new SnapshotReader(Database).ReadAsync(project, "main", SnapshotPoint.Head, Token);
        await using var session = await Database.BeginAsync(project, Token);
        await using var batch = session.CreateBatch();
        batch.Add(CommitDoor.CreateCommand(new(main.Timeline, CommitKind.Merge, "tests", "", new byte[32])));
        var (version, _, _) = await batch.ReadAsync(CommitDoor.ReadReceiptAsync, Token);
        await session.CommitAsync(Token);
        return version;
    }

    public async ValueTask DisposeAsync()
    {
        await redis.DisposeAsync();
        logging.Dispose();
    }
}
