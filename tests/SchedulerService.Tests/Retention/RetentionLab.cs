using Dendrite.Access;
using Dendrite.BranchService;
using Dendrite.Cli.Tests;
using Dendrite.Contracts.Names;
using Dendrite.Fixtures.Hosting;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.SchedulerService.Tests.Simulation;
using Dendrite.ServiceDefaults;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Dendrite.Storage.Access;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Garbage;
using Dendrite.Storage.Projects;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using StackExchange.Redis;
using CommitKind = Dendrite.Storage.Commits.CommitKind;

namespace Dendrite.SchedulerService.Tests.Retention;

/// <summary>
/// The real Branch service and the scheduler's retention on one PostgreSQL, all by a clock that the test sets. Two
/// projects: <c>lab</c>, which the keys reach, and <c>other</c>.
/// </summary>
public sealed class RetentionLab : IAsyncLifetime
{
    public const string Parent = "projects/lab";

    private readonly TestDatabase database = new();
    private readonly SetClock time = new();
    private readonly DatabaseClock databaseTime;
    private readonly Dictionary<string, NpgsqlDataSource> sources = [];
    private readonly ApiKey schedulerKey = ApiKey.Generate();
    private RunningService? branchService;
    private RunningService? scheduler;
    private GrpcChannel? branchChannel;
    private GrpcChannel? schedulerChannel;
    private IConnectionMultiplexer? redis;

    public RetentionLab() => databaseTime = new(database);

    /// <summary>Of a key that administrates <c>lab</c>.</summary>
    public Metadata Admin { get; private set; } = [];

    /// <summary>Of a key that reaches <c>lab</c> and has no role there.</summary>
    public Metadata Member { get; private set; } = [];

    public V1.BranchService.BranchServiceClient Branches => new(branchChannel);

    public TagService.TagServiceClient Tags => new(branchChannel);

    public RetentionService.RetentionServiceClient Policies => new(schedulerChannel);

    public AlertService.AlertServiceClient Rules => new(schedulerChannel);

    public Uri BranchAddress => branchService!.Grpc;

    public Uri SchedulerAddress => scheduler!.Grpc;

    /// <summary>The environment of a command that finds both services.</summary>
    internal Func<string, string?> Variables =>
        CommandRun.Variables(
            Admin.GetValue("authorization")!["Bearer ".Length..],
            service => (service == "SCHEDULER" ? SchedulerAddress : BranchAddress).ToString()
        );

    public WebApplication Scheduler => scheduler!.App;

    public TestDatabase Database => database;

    public ProjectId Project { get; private set; }

    public DateTimeOffset Now => time.GetUtcNow();

    private Dictionary<string, string?> Settings =>
        new()
        {
            ["services:branch:grpc:0"] = branchService!.Grpc.ToString(),
            ["services:ingest:grpc:0"] = branchService.Grpc.ToString(),
            ["Dendrite:ApiKey"] = schedulerKey.Reveal(),
            ["Scheduler:TimeZone"] = "Europe/Berlin",
            ["Scheduler:Outbound:AllowedNetworks:0"] = "127.0.0.1/32",
            ["Secrets:lab:signing"] = "s3cret of the lab",
        };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await databaseTime.InstallAsync(default);
        // Later than the machine's own clock is likely to be: no deadline has passed.
        await SetAsync(new(2047, 3, 1, 12, 0, 0, TimeSpan.Zero));
        foreach (var name in new[] { "other", "lab" })
        {
            var uids = (Guid.CreateVersion7(time.GetUtcNow()), Guid.CreateVersion7(time.GetUtcNow()));
            var store = new ProjectStore(new(database.Branch));
            Project = await store.CreateAsync(new NewProject(name, uids.Item1, uids.Item2), "tests", default);
        }

        await AddKeyAsync(schedulerKey, null, "scheduler");
        Admin = await AddKeyAsync(ApiKey.Generate(), Project, "an admin", "admin");
        Member = await AddKeyAsync(ApiKey.Generate(), Project, "a member");
        // Nobody is there: every call must do without Redis.
        redis = await ConnectionMultiplexer.ConnectAsync(
            $"127.0.0.1:{RedisServer.FreePort()},abortConnect=false,connectRetry=1"
        );
        branchService = await RunningService.StartAsync(AddBranchService, app => app.MapBranches());
        branchChannel = GrpcChannel.ForAddress(branchService.Grpc);
        scheduler = await RunningService.StartAsync(AddScheduler, app => app.MapScheduling(), Settings);
        schedulerChannel = GrpcChannel.ForAddress(scheduler.Grpc);
    }

    /// <summary>One more replica of the scheduler, by a clock of its own; a test steps its engine.</summary>
    internal WebApplication BuildReplica(TimeProvider clock, Action<WebApplicationBuilder> change)
    {
        var builder = WebApplication.CreateBuilder();
        ((IConfigurationBuilder)builder.Configuration).Sources.Clear();
        builder.Configuration.AddInMemoryCollection(Settings);
        AddPlatform(builder, "dendrite_scheduler", clock);
        builder.Services.AddSingleton<PlatformDatabase>();
        change(builder);
        builder.Logging.ClearProviders();
        return builder.Build();
    }

    /// <summary>Sets every clock.</summary>
    public async Task SetAsync(DateTimeOffset instant)
    {
        time.Set(instant);
        await databaseTime.SetAsync(instant, default);
    }

    public Task PassAsync(TimeSpan span) => SetAsync(Now + span);

    public static string NameOf(string branch) => $"{Parent}/branches/{branch}";

    public static string PolicyOf(string policy) => $"{Parent}/retentionPolicies/{policy}";

    public async Task<Branch> CreateAsync(string id, Action<CreateBranchRequest>? more = null)
    {
        var request = new CreateBranchRequest
        {
            Parent = Parent,
            BranchId = id,
            Branch = new() { Owner = "anna@lab" },
        };
        more?.Invoke(request);
        return (await Branches.CreateBranchAsync(request, Admin)).Branch;
    }

    /// <summary>Makes a branch and says how its experiment went, now.</summary>
    public async Task<Branch> CreateAsync(string id, ExperimentState state)
    {
        await CreateAsync(id);
        return await EndAsync(id, state);
    }

    public async Task<Branch> EndAsync(string id, ExperimentState state)
    {
        var request = new SetExperimentStateRequest { Name = NameOf(id), State = state };
        return (await Branches.SetExperimentStateAsync(request, Admin)).Branch;
    }

    public async Task<Branch> GetAsync(string id) =>
        (await Branches.GetBranchAsync(new() { Name = NameOf(id) }, Admin)).Branch;

    public async Task TagAsync(string id, string branch) =>
        await Tags.CreateTagAsync(
            new()
            {
                Parent = Parent,
                TagId = id,
                Source = new() { Branch = NameOf(branch) },
            },
            Admin
        );

    /// <summary>Commits to a branch, as Ingest does.</summary>
    public async Task CommitAsync(string branch)
    {
        var platform = new PlatformDatabase(Connect("dendrite_ingest"));
        var record = await new BranchStore(platform).GetAsync(Project, branch, Token);
        await using var batch = platform.CreateBatch(Project);
        batch.Add(CommitDoor.CreateCommand(new(record.Timeline, CommitKind.Append, "gateway", "", new byte[32])));
        await batch.ReadAsync(CommitDoor.ReadReceiptAsync, Token);
    }

    public async Task<RetentionPolicy> AddPolicyAsync(string id, TimeSpan keep, Action<RetentionPolicy>? more = null)
    {
        var policy = new RetentionPolicy { Basis = RetentionBasis.CreateTime, Keep = Duration.FromTimeSpan(keep) };
        more?.Invoke(policy);
        var request = new CreateRetentionPolicyRequest
        {
            Parent = Parent,
            RetentionPolicyId = id,
            RetentionPolicy = policy,
        };
        return (await Policies.CreateRetentionPolicyAsync(request, Admin)).RetentionPolicy;
    }

    /// <summary>The decisions of a preview by branch, over all its pages.</summary>
    public async Task<IReadOnlyDictionary<string, RetentionDecision>> PreviewAsync(
        Action<PreviewRetentionRequest>? more = null
    )
    {
        var request = new PreviewRetentionRequest { Parent = Parent };
        more?.Invoke(request);
        var decisions = new Dictionary<string, RetentionDecision>(StringComparer.Ordinal);
        do
        {
            var page = await Policies.PreviewRetentionAsync(request, Member);
            foreach (var decision in page.Decisions)
                decisions.Add(BranchName.Parse(decision.Branch).Branch, decision);
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);

        return decisions;
    }

    /// <summary>What the maintenance job does about deleted branches whose time has come.</summary>
    public async Task PurgeAsync()
    {
        var garbage = new GarbageStore(new(Connect("dendrite_scheduler")));
        await garbage.PurgeAsync(Project, 1000, "tests", Token);
    }

    /// <summary>Asks or changes the database behind the services, as its superuser.</summary>
    public async Task<object?> AskAsync(string sql)
    {
        await using var command = database.Owner.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Token);
    }

    /// <summary>Asks as a service does: what is asked knows its project.</summary>
    public async Task<string> InProjectAsync(string sql)
    {
        await using var batch = new PlatformDatabase(Connect("dendrite_branch")).CreateBatch(Project);
        batch.Add(sql);
        return (await batch.ReadRowAsync(row => row.GetString(0), Token))!;
    }

    /// <summary>A run of retention for an instant, now where there is none: see <see cref="RetentionRuns"/>.</summary>
    internal Task<RetentionRunEnd> RunAsync(RetentionRunAsked? asked = null) =>
        RetentionRuns.RunAsync(Scheduler.Services, Project, asked ?? new());

    public async ValueTask DisposeAsync()
    {
        branchChannel?.Dispose();
        schedulerChannel?.Dispose();
        if (scheduler is not null)
            await scheduler.DisposeAsync();
        if (branchService is not null)
            await branchService.DisposeAsync();
        if (redis is not null)
            await redis.DisposeAsync();
        await databaseTime.DisposeAsync();
        await database.DisposeAsync();
    }

    private NpgsqlDataSource Connect(string role)
    {
        lock (sources)
            return sources.TryGetValue(role, out var found) ? found : sources[role] = databaseTime.As(role);
    }

    private void AddBranchService(WebApplicationBuilder builder)
    {
        AddPlatform(builder, "dendrite_branch", time);
        builder.AddBranches();
    }

    private void AddScheduler(WebApplicationBuilder builder)
    {
        AddPlatform(builder, "dendrite_scheduler", time);
        builder.Services.AddSingleton<PlatformDatabase>();
        builder.AddScheduling();
        RetentionRuns.RemoveTimers(builder.Services);
    }

    private void AddPlatform(WebApplicationBuilder builder, string role, TimeProvider clock)
    {
        builder.Services.AddSingleton(clock);
        builder.AddServiceDefaults();
        builder.Services.AddSingleton(Connect(role));
        builder.Services.AddSingleton(redis!);
        builder.Services.AddSingleton<HotCache>();
        builder.AddAccess();
    }

    private async Task<Metadata> AddKeyAsync(ApiKey key, ProjectId? project, string label, params string[] roles)
    {
        var record = new ApiKeyRecord(key.Id, key.HashSecret(), project, null, label, roles, null, null);
        await new ApiKeyStore(database.Owner).PutAsync(record, default);
        return new() { { "authorization", $"Bearer {key.Reveal()}" } };
    }
}
