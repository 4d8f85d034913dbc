using System.Net;
using Dendrite.Access;
using Dendrite.Cli.Tests;
using Dendrite.Fixtures.BadInput;
using Dendrite.Fixtures.Postgres;
using Dendrite.ServiceDefaults;
using Dendrite.Storage;
using Dendrite.Storage.Access;
using Dendrite.Storage.Branches;
using Dendrite.Storage.History;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using Dendrite.Storage.Tags;
using Dendrite.Versioning;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Dendrite.IngestService.Tests;

/// <summary>
/// The Ingest service in this process, over real HTTP/2 and a real PostgreSQL, without Redis. One for each test class;
/// each test takes a branch of its own.
/// </summary>
public sealed class IngestFixture : IAsyncLifetime
{
    public const string Project = "lab";
    private const string Secret = "0123456789abcdef0123456789abcdef";

    /// <summary>Of the project.</summary>
    internal const string TestKey = $"dk_tests_{Secret}";

    private readonly TestDatabase database = new();
    private readonly ErrorLogs errors = new();
    private int branches;
    private WebApplication? app;
    private GrpcChannel? channel;

    internal ProjectId ProjectId { get; private set; }

    internal TestDatabase Database => database;

    internal string Address { get; private set; } = "";

    /// <summary>The environment of a command that finds the service.</summary>
    internal Func<string, string?> Variables => CommandRun.Variables(TestKey, _ => Address);

    internal WebApplication App => app!;

    internal V1.IngestService.IngestServiceClient Ingest => new(channel!.CreateCallInvoker());

    internal V1.QueryService.QueryServiceClient Query => new(channel!.CreateCallInvoker());

    internal V1.DatasetService.DatasetServiceClient Datasets => new(channel!.CreateCallInvoker());

    internal V1.RecordService.RecordServiceClient Records => new(channel!.CreateCallInvoker());

    /// <summary>With the key of the project, bounded so that no test waits for ever.</summary>
    internal static CallOptions Options => OptionsOf("tests");

    internal static CallOptions OptionsOf(string key) =>
        new(
            new Metadata { { "authorization", $"Bearer dk_{key}_{Secret}" } },
            cancellationToken: TestContext.Current.CancellationToken
        );

    public async ValueTask InitializeAsync()
    {
        var branch = new PlatformDatabase(database.Branch);
        var projects = new ProjectStore(branch);
        ProjectId = await projects.CreateAsync(new(Project, NewUid(1), NewUid(2)), "tests", default);
        var other = await projects.CreateAsync(new("other", NewUid(3), NewUid(4)), "tests", default);
        await PutKeyAsync("tests", ProjectId, Project);
        await PutKeyAsync("stranger", other, "other");
        app = await StartAsync();
        Address = app.Urls.Single();
        channel = GrpcChannel.ForAddress(Address);
    }

    /// <summary>A service of one's own on the same database: a second replica, or one to be stopped.</summary>
    internal async Task<WebApplication> StartAsync(Action<WebApplicationBuilder>? configure = null)
    {
        // Another content root: the service's own settings, with its ports, lie beside the tests too.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = Path.GetTempPath() });
        builder.Configuration["Logging:Console:LogLevel:Default"] = "None";
        builder.Configuration["ConnectionStrings:platform"] = database.ConnectionString("dendrite_ingest");
        // Nobody listens there: every use of Redis fails, and nothing depends on it.
        builder.Configuration["ConnectionStrings:redis"] = "127.0.0.1:1,abortConnect=false,connectTimeout=50";
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2)
        );
        configure?.Invoke(builder);
        builder.AddServiceDefaults();
        builder.AddPlatformConnections();
        builder.AddAccess();
        builder.AddSignals();
        builder.AddRecords();
        // After the service's own providers, which clear those before them.
        builder.Logging.AddProvider(errors);
        var started = builder.Build();
        started.MapDefaultEndpoints();
        started.MapSignals();
        started.MapRecords();
        await started.StartAsync();
        return started;
    }

    /// <summary>A new branch, forked from another one (<c>main</c> when not said) as it is now.</summary>
    internal async Task<string> ForkAsync(string from = "main")
    {
        var number = Interlocked.Increment(ref branches);
        var store = new PlatformDatabase(database.Branch);
        var branchStore = new BranchStore(store);
        var writer = new BranchWriter(store, branchStore, new IdempotencyStore(store));
        var forker = new BranchForker(store, new SnapshotReader(store), writer);
        var branch = new NewBranch($"b{number}", NewUid(100 + number), from, SnapshotPoint.Head) { Owner = "tests" };
        var mutation = new Mutation("tests", "Fork", $"projects/{Project}") { RequestDigest = new byte[32] };
        return (await forker.CreateAsync(ProjectId, branch, mutation, TestContext.Current.CancellationToken)).Name;
    }

    /// <summary>Tags a branch as it is now and deletes it.</summary>
    /// <returns>The tag's resource name.</returns>
    internal async Task<string> TagAndDeleteAsync(string branch)
    {
        var store = new PlatformDatabase(database.Branch);
        var mutation = new Mutation("tests", "Tag", $"projects/{Project}") { RequestDigest = new byte[32] };
        var tag = new NewTag($"of-{branch}", NewUid(1000 + branches), branch, SnapshotPoint.Head) { Creator = "tests" };
        var tags = new TagWriter(store, new SnapshotReader(store));
        await tags.CreateAsync(ProjectId, tag, mutation, default);
        var writer = new BranchWriter(store, new BranchStore(store), new IdempotencyStore(store));
        await writer.DeleteAsync(ProjectId, new(branch), TimeSpan.FromDays(1), mutation, default);
        return $"projects/{Project}/tags/{tag.Name}";
    }

    /// <summary>Takes a branch to one of its states, also one that a reset left behind.</summary>
    internal async Task ResetAsync(string branch, long version)
    {
        var store = new PlatformDatabase(database.Branch);
        var (snapshots, requests, branchStore) = (
            new SnapshotReader(store),
            new IdempotencyStore(store),
            new BranchStore(store)
        );
        var writer = new BranchWriter(store, branchStore, requests);
        var resetter = new BranchResetter(store, snapshots, branchStore, writer, requests);
        var mutation = new Mutation("tests", "Reset", $"projects/{Project}") { RequestDigest = new byte[32] };
        await resetter.ResetAsync(
            ProjectId,
            new(branch),
            SnapshotPoint.At(new CommitVersion(version)),
            mutation,
            default
        );
    }

    /// <summary>
    /// What is wrong with the data of each commit that a branch sees, as the Branch service verifies it.
    /// </summary>
    internal async Task<List<string?>> VerifyDataAsync(string branch)
    {
        var store = new PlatformDatabase(database.Branch);
        var seen = await new SnapshotReader(store).ReadAsync(ProjectId, branch, SnapshotPoint.Head, default);
        var commits = await new HistoryStore(store).ReadAsync(ProjectId, seen.Snapshot, default, 1_000, default);
        var problems = new List<string?>();
        foreach (var commit in commits)
        {
            problems.Add((await new DataVerifier(store).VerifyAsync(ProjectId, commit, default)).Problem);
        }

        return problems;
    }

    internal static string StreamName(string branch, string stream = "eeg") =>
        $"projects/{Project}/branches/{branch}/streams/{stream}";

    /// <summary>Asks the database behind the service.</summary>
    internal async Task<long> CountAsync(string sql)
    {
        await using var command = database.Owner.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Blocks, gaps and annotations of everything, as a measure of whether something was stored.</summary>
    internal Task<long> CountRowsAsync() =>
        CountAsync(
            """
            SELECT (SELECT count(*) FROM signals.block) + (SELECT count(*) FROM signals.gap)
                + (SELECT count(*) FROM signals.annotation) + (SELECT count(*) FROM signals.append)
            """
        );

    /// <summary>Rows of every table that a call can write to: the same where nothing was stored.</summary>
    internal async Task<string> CountAllAsync()
    {
        const string Count = """
            SELECT concat_ws(' ',
                (SELECT count(*) FROM branching.commit), (SELECT count(*) FROM branching.request),
                (SELECT count(*) FROM branching.audit_entry), (SELECT sum(revision) FROM branching.branch),
                (SELECT count(*) FROM records.dataset), (SELECT count(*) FROM records.row),
                (SELECT count(*) FROM records.lookup), (SELECT count(*) FROM signals.stream),
                (SELECT count(*) FROM signals.block), (SELECT count(*) FROM signals.gap),
                (SELECT count(*) FROM signals.annotation), (SELECT count(*) FROM signals.time_anchor),
                (SELECT count(*) FROM signals.mask),
                (SELECT count(*) FROM signals.append))
            """;
        await using var command = database.Owner.CreateCommand(Count);
        return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>Makes a call that is to fail.</summary>
    internal Task<Refusal> RefusalOfAsync<T>(Func<AsyncUnaryCall<T>> call) =>
        Refusal.OfAsync(async () => await call(), CountAllAsync);

    public async ValueTask DisposeAsync()
    {
        channel?.Dispose();
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        await database.DisposeAsync();
        Assert.True(errors.Errors.Count == 0, string.Join('\n', errors.Errors));
    }

    private async Task PutKeyAsync(string id, ProjectId project, string name)
    {
        var key = ApiKey.Parse($"dk_{id}_{Secret}");
        var record = new ApiKeyRecord(id, key.HashSecret(), project, name, Label: id, Roles: [], null, null);
        await new ApiKeyStore(database.Owner).PutAsync(record, default);
    }

    private static Guid NewUid(int number) => new(number, 0, 0, new byte[8]);
}
