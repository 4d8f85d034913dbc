using Dendrite.Access;
using Dendrite.Cli.Tests;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.Fixtures.BadInput;
using Dendrite.Fixtures.Hosting;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.IngestService;
using Dendrite.ServiceDefaults;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Dendrite.Storage.Access;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Compaction;
using Dendrite.Storage.Garbage;
using Dendrite.Storage.Projects;
using Dendrite.Versioning;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Dendrite.BranchService.Tests;

/// <summary>
/// The Branch service on a real Kestrel with a database of its own, and two projects: <c>lab</c>, which the default key
/// reaches, and <c>other</c>. Ending it fails where an error was logged.
/// </summary>
public class BranchServiceFixture : IAsyncLifetime
{
    private readonly TestDatabase database = new();
    private readonly Dictionary<string, ProjectId> projects = [];
    private int words;
    private RunningService? service;
    private GrpcChannel? channel;
    private IConnectionMultiplexer? redis;

    public V1.BranchService.BranchServiceClient Branches => new(channel);

    public V1.ProjectService.ProjectServiceClient Projects => new(channel);

    public V1.HistoryService.HistoryServiceClient History => new(channel);

    public V1.TagService.TagServiceClient Tags => new(channel);

    /// <summary>Where the service listens.</summary>
    public Uri Address => service!.Grpc;

    /// <summary>The environment of a command that finds the service.</summary>
    internal Func<string, string?> Variables =>
        CommandRun.Variables(Lab.GetValue("authorization")!["Bearer ".Length..], _ => Address.ToString());

    /// <summary>What it serves.</summary>
    public WebApplication App => service!.App;

    public V1.MergeService.MergeServiceClient Merges => new(channel);

    public V1.AssertionService.AssertionServiceClient Assertions => new(channel);

    /// <summary>The database of <c>lab</c>'s records as Ingest writes it.</summary>
    internal PlatformDatabase Ingest => new(database.Ingest);

    /// <summary>What the scheduler's maintenance does, as its role.</summary>
    internal GarbageStore Garbage => new(new(database.Scheduler));

    internal ProjectId LabProject => projects["lab"];

    /// <summary>The metadata of a key that reaches <c>lab</c> only, and administrates it.</summary>
    public Metadata Lab { get; private set; } = [];

    /// <summary>The metadata of a key that reaches <c>lab</c> only, and has no role there.</summary>
    public Metadata Member { get; private set; } = [];

    /// <summary>The metadata of a key that reaches every project.</summary>
    public Metadata Everywhere { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        foreach (var name in new[] { "lab", "other" })
        {
            var project = new NewProject(name, TestUid(name, 1), TestUid(name, 2));
            var store = new ProjectStore(new(database.Branch));
            projects[name] = await store.CreateAsync(project, "tests", CancellationToken.None);
        }

        Lab = await AddKeyAsync(projects["lab"], "admin");
        Member = await AddKeyAsync(projects["lab"]);
        Everywhere = await AddKeyAsync(null);
        // Nobody is there: every call must do without Redis.
        redis = await ConnectionMultiplexer.ConnectAsync(
            $"127.0.0.1:{RedisServer.FreePort()},abortConnect=false,connectRetry=1"
        );
        service = await RunningService.StartAsync(
            builder =>
            {
                builder.AddServiceDefaults();
                builder.Services.AddSingleton(database.Branch);
                builder.Services.AddSingleton(redis);
                builder.Services.AddSingleton<HotCache>();
                builder.AddAccess();
                builder.AddBranches();
            },
            app =>
            {
                app.MapDefaultEndpoints();
                app.MapBranches();
            },
            SettingsOf(database)
        );
        channel = GrpcChannel.ForAddress(service.Grpc);
    }

    /// <summary>The Ingest service on the same database, with the same keys.</summary>
    public Task<RunningService> StartIngestAsync() =>
        RunningService.StartAsync(
            builder =>
            {
                builder.AddServiceDefaults();
                builder.Services.AddSingleton(database.Ingest);
                builder.Services.AddSingleton(redis!);
                builder.AddAccess();
                builder.AddSignals();
                builder.AddRecords();
            },
            app =>
            {
                app.MapDefaultEndpoints();
                app.MapSignals();
                app.MapRecords();
            }
        );

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        channel?.Dispose();
        if (service is not null)
        {
            await service.DisposeAsync();
        }

        await database.DisposeAsync();
    }

    /// <summary>A word that no other test of the class was given.</summary>
    public string NextWord() => $"w{Interlocked.Increment(ref words)}";

    /// <summary>Makes a branch of <c>lab</c>, forked from main's head unless a source is given.</summary>
    public async Task<V1.Branch> CreateAsync(string id, V1.SnapshotReference? source = null)
    {
        var request = new V1.CreateBranchRequest
        {
            Parent = "projects/lab",
            BranchId = id,
            Source = source,
        };
        return (await Branches.CreateBranchAsync(request, Lab)).Branch;
    }

    /// <summary>Tags a state of <c>lab</c>.</summary>
    public async Task<V1.Tag> TagAsync(string id, V1.SnapshotReference source)
    {
        var request = new V1.CreateTagRequest
        {
            Parent = "projects/lab",
            TagId = id,
            Source = source,
        };
        return (await Tags.CreateTagAsync(request, Lab)).Tag;
    }

    /// <summary>Commits to a branch of <c>lab</c> behind the service's back, as Ingest does.</summary>
    public async Task<CommitVersion> CommitAsync(string branch, string message = "")
    {
        var write = await OpenAsync(branch);
        return await write(message);
    }

    /// <summary>Opens a branch of <c>lab</c> as a gateway does: what it gives writes to the timeline of now.</summary>
    public async Task<Func<string, Task<CommitVersion>>> OpenAsync(string branch)
    {
        var platform = new PlatformDatabase(database.Ingest);
        var record = await new Storage.Branches.BranchStore(platform).GetAsync(projects["lab"], branch, default);
        return async message =>
        {
            var kind = record.Protected ? CommitKind.Merge : CommitKind.Append;
            await using var batch = platform.CreateBatch(projects["lab"]);
            batch.Add(CommitDoor.CreateCommand(new(record.Timeline, kind, "gateway", message, new byte[32])));
            return (await batch.ReadAsync(CommitDoor.ReadReceiptAsync, default)).Version;
        };
    }

    /// <summary>Merges one branch of <c>lab</c> into another where nothing clashes: the vector alone.</summary>
    public async Task<CommitVersion> MergeAsync(string source, string target)
    {
        var platform = new PlatformDatabase(database.Branch);
        var store = new Storage.Branches.BranchStore(platform);
        var from = await store.GetAsync(projects["lab"], source, default);
        var into = await store.GetAsync(projects["lab"], target, default);
        await using var batch = platform.CreateBatch(projects["lab"]);
        batch.Add(CommitDoor.CreateCommand(new(into.Timeline, CommitKind.Merge, "merger", "merge", new byte[32])));
        batch.Add(
            $"""
            INSERT INTO branching.vector_entry (
                project_id, timeline_id, owner_timeline_id, since_version, through_version)
            SELECT branching.current_project(), {into.Timeline}, v.owner_timeline_id, {CommitDoor.Version},
                v.through_version
            FROM branching.vector_at_head({from.Timeline}) v
            LEFT JOIN branching.vector_at_head({into.Timeline}) has USING (owner_timeline_id)
            WHERE v.owner_timeline_id <> {into.Timeline} AND v.through_version > coalesce(has.through_version, 0)
            """
        );
        return (await batch.ReadAsync(CommitDoor.ReadReceiptAsync, default)).Version;
    }

    /// <summary>Deletes a branch of <c>lab</c> for good, as the scheduler does when its time has come.</summary>
    public async Task PurgeAsync(string branch)
    {
        await Branches.DeleteBranchAsync(new() { Name = $"projects/lab/branches/{branch}" }, Lab);
        await AsOwnerAsync($"UPDATE branching.branch SET purge_time = statement_timestamp() WHERE name = '{branch}'");
        await Garbage.PurgeAsync(LabProject, 100, "tests", CancellationToken.None);
        await Garbage.AbsorbAsync(LabProject, new(0), 100, CancellationToken.None);
    }

    /// <summary>Removes what nobody sees of purged branches, as the scheduler does.</summary>
    public async Task SweepAsync()
    {
        GarbageStep judged;
        SweptTimeline? swept;
        do
        {
            judged = await Garbage.JudgeAsync(LabProject, new(0), 100, TimeSpan.Zero, CancellationToken.None);
            swept = await Garbage.SweepAsync(LabProject, 1_000, CancellationToken.None);
        } while (judged.Count + judged.Trimmed > 0 || swept is not null);
    }

    /// <summary>Gathers the blocks of <c>lab</c>, as the scheduler does once they are settled.</summary>
    public async Task GatherAsync()
    {
        var store = new CompactionStore(new(database.Scheduler));
        var compactor = new Compactor(store);
        foreach (var line in await store.ListLinesAsync(LabProject, default, CancellationToken.None))
        {
            await compactor.GatherAsync(LabProject, line, default, () => Task.FromResult(true), CancellationToken.None);
        }
    }

    /// <summary>Holds the lock of <c>lab</c>'s vectors as a fork does while it adds to one.</summary>
    public Task<HeldTransaction> HoldVectorsAsync() =>
        HoldAsync($"SELECT pg_advisory_xact_lock_shared(hashtextextended('branching.vectors', {LabProject.Value}))");

    /// <summary>Holds the merges: they are read, and whoever makes or changes one waits.</summary>
    public Task<HeldTransaction> HoldMergesAsync() => HoldAsync("LOCK TABLE branching.merge IN SHARE MODE");

    /// <summary>Holds the assertions: whoever asks for them waits.</summary>
    public Task<HeldTransaction> HoldAssertionsAsync() => HoldAsync("LOCK TABLE branching.assertion");

    /// <summary>Lets nobody remember a request as done until it is disposed.</summary>
    public Task<HeldTransaction> HoldRequestsAsync() => HoldAsync("LOCK TABLE branching.request IN SHARE MODE");

    /// <summary>Waits until so many transactions wait for others.</summary>
    public Task WaitUntilWaitingAsync(int transactions) =>
        database.WaitUntilWaitingAsync(transactions, TestContext.Current.CancellationToken);

    private Task<HeldTransaction> HoldAsync(string sql) =>
        HeldTransaction.TakeAsync(database.Owner, sql, [], TestContext.Current.CancellationToken);

    /// <summary>Asks or changes the database behind the service, as its superuser.</summary>
    public async Task<object?> AsOwnerAsync(string sql)
    {
        await using var command = database.Owner.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Makes a call that is to fail.</summary>
    public Task<Refusal> RefusalOfAsync<T>(Func<AsyncUnaryCall<T>> call) =>
        Refusal.OfAsync(async () => await call(), CountAllAsync);

    /// <summary>What a call can write to, in numbers: the same where nothing was stored.</summary>
    public async Task<string> CountAllAsync() =>
        (string)
            (
                await AsOwnerAsync(
                    """
                    SELECT concat_ws(' ',
                        (SELECT count(*) FROM branching.project), (SELECT sum(revision) FROM branching.project),
                        (SELECT count(*) FROM branching.branch), (SELECT sum(revision) FROM branching.branch),
                        (SELECT count(*) FROM branching.timeline), (SELECT count(*) FROM branching.commit),
                        (SELECT count(*) FROM branching.tag), (SELECT count(*) FROM branching.merge),
                        (SELECT string_agg(state::text, '' ORDER BY merge_id) FROM branching.merge),
                        (SELECT count(*) FROM branching.merge_decision), (SELECT count(*) FROM records.row),
                        (SELECT count(*) FROM branching.request), (SELECT count(*) FROM branching.audit_entry))
                    """
                )
            )!;

    /// <summary>The call must fail with this status and reason.</summary>
    public static async Task<DendriteException> RefusedAsync<T>(
        StatusCode status,
        ErrorReason reason,
        Func<AsyncUnaryCall<T>> call
    )
    {
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await call());
        Assert.Equal(status, failure.StatusCode);
        var refusal = ErrorStatus.FromRpcException(failure)!;
        Assert.Equal(reason, refusal.Reason);
        return refusal;
    }

    /// <summary>The service's configuration.</summary>
    protected virtual IReadOnlyDictionary<string, string?> SettingsOf(TestDatabase database) =>
        new Dictionary<string, string?>
        {
            ["ConnectionStrings:assertions"] = database.Assertions,
            ["Assertions:StatementTimeout"] = "00:00:02",
            ["Assertions:MaxDatasetLength"] = "100000",
        };

    private async Task<Metadata> AddKeyAsync(ProjectId? project, params IReadOnlyList<string> roles)
    {
        var key = ApiKey.Generate();
        var record = new ApiKeyRecord(key.Id, key.HashSecret(), project, null, "a test", roles, null, null);
        await new ApiKeyStore(database.Owner).PutAsync(record, CancellationToken.None);
        return new() { { "authorization", $"Bearer {key.Reveal()}" } };
    }

    private static Guid TestUid(string name, int number) => new(name.Length, 0, 0, [0, 0, 0, 0, 0, 0, 0, (byte)number]);
}
