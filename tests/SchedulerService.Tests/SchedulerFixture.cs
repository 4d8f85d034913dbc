using Dendrite.Access;
using Dendrite.Fixtures.Hosting;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.ServiceDefaults;
using Dendrite.Storage;
using Dendrite.Storage.Access;
using Dendrite.Storage.Projects;
using Dendrite.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.SchedulerService.Tests;

/// <summary>
/// A project, a key, a scripted Branch service, and as many replicas of the scheduler as a test wants.
/// </summary>
public sealed class SchedulerFixture : IAsyncDisposable
{
    public const string Job = "projects/lab/jobs/retention";

    private readonly List<RunningService> replicas = [];
    private readonly List<GrpcChannel> channels = [];
    private readonly ApiKey key = ApiKey.Generate();
    private RunningService? branchService;

    public TestDatabase Database { get; } = new();

    public IReadOnlyList<RunningService> Replicas => replicas;

    public ProjectId Project { get; private set; }

    internal ScriptedBranches Branches { get; } = new();

    public Metadata Headers => new() { { "authorization", $"Bearer {key.Reveal()}" } };

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<SchedulerFixture> StartAsync()
    {
        var fixture = new SchedulerFixture();
        var projects = new ProjectStore(new PlatformDatabase(fixture.Database.Owner));
        var time = TimeProvider.System.GetUtcNow();
        var uids = (Guid.CreateVersion7(time), Guid.CreateVersion7(time));
        fixture.Project = await projects.CreateAsync(new NewProject("lab", uids.Item1, uids.Item2), "tests", Token);
        await new ApiKeyStore(fixture.Database.Owner).PutAsync(
            new ApiKeyRecord(fixture.key.Id, fixture.key.HashSecret(), null, null, "tester", [], null, null),
            Token
        );
        fixture.Branches.Added = fixture.AddRow;
        fixture.branchService = await RunningService.StartAsync(
            builder =>
            {
                builder.AddServiceDefaults();
                builder.Services.AddSingleton(fixture.Branches);
            },
            app => app.MapGrpcService<ScriptedBranches>()
        );
        return fixture;
    }

    /// <summary>The scheduler looks up who works on a branch in its row, which a script does not make.</summary>
    private void AddRow(string id, Branch branch)
    {
        using var command = Database.Owner.CreateCommand(
            """
            INSERT INTO branching.branch (
                project_id, name, uid, timeline_id, kind, owner, parent_branch_id, fork_version)
            SELECT project_id, $1, $2, timeline_id, 'experiment', owner, branch_id, 0
            FROM branching.branch WHERE kind = 'main'
            """
        );
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = Guid.Parse(branch.Uid) });
        command.ExecuteNonQuery();
    }

    public async Task<RunningService> AddReplicaAsync(IReadOnlyDictionary<string, string?>? settings = null)
    {
        var all = new Dictionary<string, string?>(settings ?? new Dictionary<string, string?>())
        {
            ["ConnectionStrings:platform"] = Database.ConnectionString("dendrite_scheduler"),
            // Nobody is there: a scheduler works without Redis.
            ["ConnectionStrings:redis"] = $"127.0.0.1:{RedisServer.FreePort()},connectRetry=1",
            ["services:branch:grpc:0"] = branchService!.Grpc.ToString(),
            // Nobody there writes records: these jobs pull nothing.
            ["services:ingest:grpc:0"] = branchService!.Grpc.ToString(),
            ["Dendrite:ApiKey"] = key.Reveal(),
        };
        var replica = await RunningService.StartAsync(
            builder =>
            {
                builder.AddServiceDefaults();
                builder.AddPlatformConnections();
                builder.AddAccess();
                builder.AddScheduling();
            },
            app =>
            {
                app.MapDefaultEndpoints();
                app.MapScheduling();
            },
            all
        );
        replicas.Add(replica);
        return replica;
    }

    public V1.SchedulerService.SchedulerServiceClient Client(RunningService replica)
    {
        var channel = GrpcChannel.ForAddress(replica.Grpc);
        channels.Add(channel);
        return new(channel);
    }

    /// <summary>Waits until the jobs are there, which a replica makes soon after its start.</summary>
    public async Task<V1.SchedulerService.SchedulerServiceClient> ReadyClientAsync(
        IReadOnlyDictionary<string, string?>? settings = null
    )
    {
        var client = Client(await AddReplicaAsync(settings));
        await UntilAsync(async () =>
            (await client.ListJobsAsync(new ListJobsRequest { Parent = "projects/lab" }, Headers)).Jobs.Count > 1
        );
        return client;
    }

    public async Task<Run> RunToEndAsync(
        V1.SchedulerService.SchedulerServiceClient client,
        bool dryRun = false,
        string job = Job
    )
    {
        var begun = await client.RunJobAsync(new RunJobRequest { Name = job, DryRun = dryRun }, Headers);
        return await EndAsync(client, begun.Run.Name);
    }

    public async Task<Run> EndAsync(V1.SchedulerService.SchedulerServiceClient client, string run)
    {
        Run? now = null;
        await UntilAsync(async () =>
        {
            now = (await client.GetRunAsync(new GetRunRequest { Name = run }, Headers)).Run;
            return now.EndTime is not null;
        });
        return now!;
    }

    /// <summary>Runs of a job that ended just now.</summary>
    public async Task AddEndedAsync(string job, string state, int count)
    {
        await using var command = Database.Owner.CreateCommand(
            """
            INSERT INTO scheduling.job_run (
                project_id, job_name, run_id, state, cause, create_time, start_time, end_time)
            SELECT project_id, name, gen_random_uuid(), $2, 'caller', now(), now(), now()
            FROM scheduling.job, generate_series(1, $3) WHERE name = $1
            """
        );
        command.Parameters.Add(new() { Value = job });
        command.Parameters.Add(new() { Value = state });
        command.Parameters.Add(new() { Value = count });
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>Asks until it is so; bounded.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await holds())
            await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        channels.ForEach(channel => channel.Dispose());
        foreach (var replica in replicas)
            await replica.DisposeAsync();
        await branchService!.DisposeAsync();
        await Database.DisposeAsync();
    }
}
