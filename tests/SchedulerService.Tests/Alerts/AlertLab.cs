using System.Globalization;
using Dendrite.Access;
using Dendrite.Fixtures.Hosting;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.SchedulerService.Alerts;
using Dendrite.SchedulerService.Tests.Retention;
using Dendrite.SchedulerService.Tests.Simulation;
using Dendrite.ServiceDefaults;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Dendrite.Storage.Access;
using Dendrite.Storage.Projects;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackExchange.Redis;

namespace Dendrite.SchedulerService.Tests.Alerts;

/// <summary>
/// Replicas of the scheduler by a clock that the test sets, with a receiver of webhooks and a mail server on this
/// machine. Nothing happens by itself: a test makes each look and each round.
/// </summary>
public sealed class AlertLab : IAsyncLifetime
{
    public const string Parent = "projects/lab";
    public const string Secret = "s3cret of the lab";

    private readonly TestDatabase database = new();
    private readonly SetClock time = new();
    private readonly List<RunningService> replicas = [];
    private readonly NpgsqlDataSource source;
    private IConnectionMultiplexer? redis;
    private GrpcChannel? channel;

    public AlertLab()
    {
        var builder = new NpgsqlDataSourceBuilder(database.ConnectionString("dendrite_scheduler"));
        PlatformDatabase.Configure(builder);
        source = builder.Build();
    }

    public Metadata Admin { get; private set; } = [];

    public Metadata Member { get; private set; } = [];

    public AlertService.AlertServiceClient Rules => new(channel);

    public DateTimeOffset Now => time.GetUtcNow();

    internal HookSite Hooks { get; private set; } = null!;

    internal MailSink Mail { get; } = new();

    public TestDatabase Database => database;

    public int ReplicaCount => replicas.Count;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static string RuleOf(string id) => $"{Parent}/alertRules/{id}";

    public async ValueTask InitializeAsync()
    {
        // Later than the machine's own clock is likely to be: no deadline has passed.
        time.Set(new(2047, 3, 1, 12, 0, 0, TimeSpan.Zero));
        Hooks = await HookSite.StartAsync();
        var project = default(ProjectId);
        foreach (var name in new[] { "other", "lab" })
        {
            var uids = (Guid.CreateVersion7(Now), Guid.CreateVersion7(Now));
            var store = new ProjectStore(new(database.Branch));
            project = await store.CreateAsync(new NewProject(name, uids.Item1, uids.Item2), "tests", default);
        }

        Admin = await AddKeyAsync(project, "an admin", "admin");
        Member = await AddKeyAsync(project, "a member");
        redis = await ConnectionMultiplexer.ConnectAsync(
            $"127.0.0.1:{RedisServer.FreePort()},abortConnect=false,connectRetry=1"
        );
        channel = GrpcChannel.ForAddress((await AddReplicaAsync()).Grpc);
        await RetentionRuns.EnsureJobsAsync(replicas[0].App.Services, project);
    }

    public async Task<RunningService> AddReplicaAsync()
    {
        var settings = new Dictionary<string, string?>
        {
            ["services:branch:grpc:0"] = "http://127.0.0.1:1",
            ["Dendrite:ApiKey"] = ApiKey.Generate().Reveal(),
            ["Scheduler:Outbound:AllowedNetworks:0"] = "127.0.0.1/32",
            ["Scheduler:Smtp:Host"] = "127.0.0.1",
            ["Scheduler:Smtp:Port"] = Mail.Port.ToString(CultureInfo.InvariantCulture),
            ["Scheduler:Smtp:From"] = "dendrite@lab.example",
            ["Scheduler:Smtp:Security"] = "None",
            ["Secrets:lab:signing"] = Secret,
            ["Secrets:lab:chat"] = Hooks.At("/chat"),
            ["Secrets:lab:no-address"] = "hunter2",
            ["Secrets:other:theirs"] = "not for the lab",
        };
        var replica = await RunningService.StartAsync(AddScheduler, app => app.MapScheduling(), settings);
        replicas.Add(replica);
        return replica;
    }

    /// <summary>Announces errors with this id, of the first replica.</summary>
    public void ExpectErrors(int id) => replicas[0].Logs.ExpectErrors(entry => entry.Id.Id == id);

    public void Pass(TimeSpan span) => time.Set(Now + span);

    /// <summary>A look of one replica, a minute after the one before.</summary>
    public async Task<int> LookAsync(int replica = 0)
    {
        Pass(TimeSpan.FromMinutes(1));
        return await Service<AlertPass>(replica).RunAsync(Token);
    }

    /// <summary>Sends what is due.</summary>
    public Task<int> SendAsync(int replica = 0) => Service<DeliveryRound>(replica).RunAsync(Token);

    internal T Service<T>(int replica = 0)
        where T : notnull => replicas[replica].App.Services.GetRequiredService<T>();

    public AlertChannel Webhook(string path = "/hook") =>
        new()
        {
            Webhook = new() { Url = Hooks.At(path), SigningSecret = "signing" },
        };

    /// <summary>A rule that alerts at once when more than one run waits, and is over at once.</summary>
    public async Task<AlertRule> AddRuleAsync(string id, params AlertChannel[] channels)
    {
        var request = NewRule(id, channels);
        return (await Rules.CreateAlertRuleAsync(request, Admin)).AlertRule;
    }

    public static CreateAlertRuleRequest NewRule(string id, params AlertChannel[] channels)
    {
        var rule = new AlertRule
        {
            Metric = AlertMetric.QueuedRuns,
            Comparison = AlertComparison.Above,
            Threshold = 1,
        };
        rule.Channels.AddRange(channels);
        return new()
        {
            Parent = Parent,
            AlertRuleId = id,
            AlertRule = rule,
        };
    }

    public async Task<AlertRule> ChangeAsync(AlertRule rule, Action<AlertRule> change, params string[] paths)
    {
        change(rule);
        var mask = new FieldMask();
        mask.Paths.Add(paths);
        var request = new UpdateAlertRuleRequest { AlertRule = rule, UpdateMask = mask };
        return (await Rules.UpdateAlertRuleAsync(request, Admin)).AlertRule;
    }

    public async Task<IReadOnlyList<Alert>> AlertsAsync(string filter = "") =>
        (await Rules.ListAlertsAsync(new() { Parent = Parent, Filter = filter }, Member)).Alerts;

    /// <summary>So many runs wait from now on.</summary>
    public async Task QueueAsync(int runs)
    {
        await ExecuteAsync("DELETE FROM scheduling.job_run WHERE end_time IS NULL");
        for (var i = 0; i < runs; i++)
        {
            await ExecuteAsync(
                $"""
                INSERT INTO scheduling.job_run (
                    project_id, job_name, run_id, state, cause, create_time, ready_time)
                SELECT project_id, name, '{Guid.CreateVersion7(Now)}', 'queued', 'caller', '{Now:O}', '{Now:O}'
                FROM scheduling.job WHERE name = 'retention'
                """
            );
        }
    }

    /// <summary>State and note of every message, by state.</summary>
    public async Task<IReadOnlyList<string>> DeliveriesAsync()
    {
        await using var command = database.Owner.CreateCommand(
            "SELECT concat_ws(' ', kind, state, nullif(note, '')) FROM scheduling.alert_delivery ORDER BY delivery_id"
        );
        await using var reader = await command.ExecuteReaderAsync(Token);
        var found = new List<string>();
        while (await reader.ReadAsync(Token))
        {
            found.Add(reader.GetString(0));
        }

        return found;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = database.Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        channel?.Dispose();
        foreach (var replica in replicas)
        {
            await replica.DisposeAsync();
        }

        await source.DisposeAsync();
        await redis!.DisposeAsync();
        await Hooks.DisposeAsync();
        await Mail.DisposeAsync();
        await database.DisposeAsync();
    }

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

    private async Task<Metadata> AddKeyAsync(ProjectId project, string label, params string[] roles)
    {
        var key = ApiKey.Generate();
        var record = new ApiKeyRecord(key.Id, key.HashSecret(), project, null, label, roles, null, null);
        await new ApiKeyStore(database.Owner).PutAsync(record, default);
        return new() { { "authorization", $"Bearer {key.Reveal()}" } };
    }
}
