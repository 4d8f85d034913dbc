using Dendrite.Access;
using Dendrite.Fixtures.BadInput;
using Dendrite.Fixtures.Hosting;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.SchedulerService.Care;
using Dendrite.SchedulerService.Engine;
using Dendrite.SchedulerService.Tests.Retention;
using Dendrite.SchedulerService.Tests.Simulation;
using Dendrite.ServiceDefaults;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Dendrite.Storage.Access;
using Dendrite.Storage.Care;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackExchange.Redis;

namespace Dendrite.SchedulerService.Tests.Care;

/// <summary>
/// A scheduler by a clock that the test sets, on a database of its own, whose tables the server leaves alone. It is
/// noon at first, and nothing happens by itself: a test makes each look and each run.
/// </summary>
public sealed class CareLab : IAsyncLifetime
{
    public const string Parent = "projects/lab";

    private readonly SetClock time = new();
    private readonly Dictionary<string, string?> settings = new()
    {
        ["services:branch:grpc:0"] = "http://127.0.0.1:1",
        ["Dendrite:ApiKey"] = ApiKey.Generate().Reveal(),
        ["Scheduler:Maintenance:Pause"] = "00:00:00",
        // By hand only: a run by the clock would do what the test looks for.
        ["Scheduler:RetentionCron"] = "0 0 1 1 *",
        ["Scheduler:Maintenance:Cron"] = "0 0 1 1 *",
        // What a test makes is worth it, and what happens beside it in the scheduler's own tables is not.
        ["Scheduler:Care:Limits:MinDeadBytes"] = "200000",
    };

    private readonly NpgsqlDataSource source;
    private RunningService? replica;
    private IConnectionMultiplexer? redis;
    private GrpcChannel? channel;

    public CareLab()
    {
        var builder = new NpgsqlDataSourceBuilder(Database.ConnectionString("dendrite_scheduler"));
        PlatformDatabase.Configure(builder);
        source = builder.Build();
        settings["ConnectionStrings:care"] = Database.ConnectionString("dendrite_care");
    }

    public TestDatabase Database { get; } = new();

    public ProjectId Project { get; private set; }

    public Metadata Admin { get; private set; } = [];

    public Metadata Member { get; private set; } = [];

    public string MemberKey { get; private set; } = "";

    public string AdminKey { get; private set; } = "";

    public StorageService.StorageServiceClient Storage => new(channel);

    public DateTimeOffset Now => time.GetUtcNow();

    public RunningService Replica => replica!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Of the configuration; before the lab begins.</summary>
    public CareLab With(string key, string? value)
    {
        settings[key] = value;
        return this;
    }

    /// <summary>A lab that has begun.</summary>
    public static async Task<CareLab> StartAsync(params (string Key, string? Value)[] settings)
    {
        var lab = new CareLab();
        foreach (var (key, value) in settings)
            lab.With(key, value);
        await lab.InitializeAsync();
        return lab;
    }

    public async ValueTask InitializeAsync()
    {
        // Later than the machine's own clock is likely to be: no deadline has passed.
        SetTime(new(2047, 3, 1, 12, 0, 0, TimeSpan.Zero));
        foreach (var name in new[] { "other", "lab" })
        {
            var uids = (Guid.CreateVersion7(Now), Guid.CreateVersion7(Now));
            var store = new ProjectStore(new(Database.Branch));
            Project = await store.CreateAsync(new NewProject(name, uids.Item1, uids.Item2), "tests", default);
        }

        (AdminKey, Admin) = await AddKeyAsync("an admin", "admin");
        (MemberKey, Member) = await AddKeyAsync("a member");
        redis = await ConnectionMultiplexer.ConnectAsync(
            $"127.0.0.1:{RedisServer.FreePort()},abortConnect=false,connectRetry=1"
        );
        replica = await RunningService.StartAsync(AddScheduler, app => app.MapScheduling(), settings);
        channel = GrpcChannel.ForAddress(replica.Grpc);
        await RetentionRuns.EnsureJobsAsync(replica.App.Services, Project);
        // The server's own vacuum would be faster than a test.
        await ExecuteAsync(
            """
            ALTER TABLE signals.block SET (autovacuum_enabled = false, toast.autovacuum_enabled = false);
            ALTER TABLE records.row SET (autovacuum_enabled = false, toast.autovacuum_enabled = false)
            """
        );
    }

    public void SetTime(DateTimeOffset instant) => time.Set(instant);

    public void Pass(TimeSpan span) => time.Set(Now + span);

    /// <summary>Two in the morning, which is quiet while nothing is known.</summary>
    public void PassToNight() => SetTime(new DateTimeOffset(Now.UtcDateTime.Date, TimeSpan.Zero).AddHours(26));

    public Task<bool> LookAsync() => Service<CareLookPass>().RunAsync(Token);

    internal T Service<T>()
        where T : notnull => replica!.App.Services.GetRequiredService<T>();

    /// <summary>One run of the project's maintenance by the real engine, to its end.</summary>
    internal async Task<RunRecord> RunAsync(bool dryRun = false, Func<JobEngine, RunRecord, Task>? meanwhile = null)
    {
        var job = await Service<JobStore>().GetAsync(Project, "maintenance", Token);
        var planned = new PlannedRun(job.Name, Service<RunIds>().Next(Now), RunCause.Caller)
        {
            ConcurrencyKey = job.Name,
            DryRun = dryRun,
        };
        var mutation = (new Mutation("tests", "RunJob", "test"), Now);
        await Service<RunQueue>().AddAsync(job, [planned], [], mutation, Token);
        var engine = Service<JobEngine>();
        while (await engine.StepAsync(Token))
        {
            if (meanwhile is not null)
                await meanwhile(engine, await FindAsync(planned));
            await engine.WhenIdleAsync();
        }

        return await FindAsync(planned);
    }

    /// <summary>
    /// Samples of the project: so many blocks of a few kilobytes, which lie beside their rows.
    /// </summary>
    public Task AddBlocksAsync(int count, long timeline = 77, ProjectId? project = null) =>
        ExecuteAsync(
            $"""
            INSERT INTO signals.block (project_id, timeline_id, stream_id, channel_group, first_sample, sample_count,
                version, format, checksum, sample_digest, summary, payload)
            SELECT {project ?? Project}, {timeline}, 1, 0, i, 1, 1, 1, 0, sha256(i::text::bytea), '\x00',
                decode(repeat(md5(i::text), 256), 'hex')
            FROM generate_series(1, {count}) i
            """
        );

    /// <summary>Deletes so many of a hundred.</summary>
    public Task DeleteBlocksAsync(int percent) =>
        ExecuteAsync($"DELETE FROM signals.block WHERE first_sample % 100 < {percent}");

    public async Task<TableMeasure> BlocksAsync() =>
        (await Service<TableMeasureStore>().ReadAsync(Token)).Single(table => table.Table == "signals.block");

    internal async Task<TablePlan> PlanOfBlocksAsync() =>
        (await Service<CareSurvey>().PlanAsync(Token)).Tables.Single(table => table.Facts.Table == "signals.block");

    public async Task<IReadOnlyList<Dendrite.Storage.Care.CareActionRecord>> ActionsAsync() =>
        await Service<CareActionStore>().ListAsync(null, "", 100, Token);

    /// <summary>As the superuser; the server's counters know of it when it ends.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await Database.Owner.OpenConnectionAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
        await using var flush = new NpgsqlCommand("SELECT pg_stat_force_next_flush()", connection);
        await flush.ExecuteNonQueryAsync(Token);
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Database.Owner.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Token))!;
    }

    public Task<Refusal> RefusalOfAsync(Func<Task> call) =>
        Refusal.OfAsync(
            call,
            () => ScalarAsync<string>("SELECT concat_ws(' ', count(*), max(look_time)) FROM care.look")
        );

    public async ValueTask DisposeAsync()
    {
        channel?.Dispose();
        if (replica is not null)
            await replica.DisposeAsync();
        await source.DisposeAsync();
        if (redis is not null)
            await redis.DisposeAsync();
        await Database.DisposeAsync();
    }

    private Task<RunRecord> FindAsync(PlannedRun planned) =>
        Service<RunStore>().GetAsync(Project, planned.Job, planned.Id, Token);

    private void AddScheduler(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.AddServiceDefaults();
        builder.Services.AddSingleton(source);
        builder.Services.AddSingleton(redis!);
        builder.Services.AddSingleton<HotCache>();
        builder.AddAccess();
        builder.Services.AddSingleton<PlatformDatabase>();
        builder.AddScheduling();
        RetentionRuns.RemoveTimers(builder.Services);
    }

    private async Task<(string Key, Metadata Headers)> AddKeyAsync(string label, params string[] roles)
    {
        var key = ApiKey.Generate();
        var record = new ApiKeyRecord(key.Id, key.HashSecret(), Project, null, label, roles, null, null);
        await new ApiKeyStore(Database.Owner).PutAsync(record, default);
        return (key.Reveal(), new() { { "authorization", $"Bearer {key.Reveal()}" } });
    }
}
