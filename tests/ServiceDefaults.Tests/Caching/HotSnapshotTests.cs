using Dendrite.Errors;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Signals.Blocks;
using Dendrite.Storage;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using StackExchange.Redis;

namespace Dendrite.ServiceDefaults.Tests.Caching;

public sealed class HotSnapshotTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_head_is_loaded_once_and_every_own_write_is_seen_at_once()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var replica = await StartAsync("own", redis);
        await replica.CommitAsync();
        await replica.ReadAsync();
        await replica.ReadAsync();
        var loads = replica.Snapshots.Loads;

        Assert.Equal(
            await new SnapshotReader(replica.Database).ReadAsync(Projects["own"], "main", SnapshotPoint.Head, Token),
            await replica.ReadAsync(),
            Same
        );
        Assert.Equal(loads, replica.Snapshots.Loads);
        Assert.Equal(await replica.CommitAsync(), (await replica.ReadAsync()).Version);
        Assert.Equal(await replica.CommitInSessionAsync(), (await replica.ReadAsync()).Version);
    }

    [Fact]
    public async Task A_thousand_callers_at_once_are_one_load()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var replica = await StartAsync("stampede", redis);
        await replica.ReadAsync();
        var version = await replica.CommitAsync();
        var loads = replica.Snapshots.Loads;

        var states = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => replica.ReadAsync()));

        Assert.All(states, state => Assert.Equal(version, state.Version));
        // Whoever asked a Redis that was late did not hear at which generation to join.
        Assert.True(replica.Snapshots.Loads == loads + 1 || replica.MissedRedis, $"{replica.Snapshots.Loads - loads}");
    }

    [Fact]
    public async Task Whoever_reads_after_a_write_was_answered_sees_it_on_every_replica_while_others_race_to_load()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await StartAsync("race", redis);
        await using var other = await HotReplica.StartAsync(database, Projects["race"], redis.ConnectionString);
        using var done = new CancellationTokenSource();
        var racing = Enumerable.Range(0, 4).Select(i => RaceAsync(i % 2 == 0 ? one : other, done.Token)).ToArray();

        for (var i = 0; i < 200; i++)
        {
            var version = await (i % 2 == 0 ? one : other).CommitAsync();
            var seen = ((await one.ReadAsync()).Version, (await other.ReadAsync()).Version);
            // A message that came too late is another test's: there is a bound for it.
            Assert.True(seen == (version, version) || one.MissedRedis || other.MissedRedis, $"{seen}, not {version}");
        }

        await done.CancelAsync();
        await Task.WhenAll(racing);
    }

    [Fact]
    public async Task Where_Redis_does_not_know_the_line_of_a_name_a_load_older_than_a_write_is_not_joined()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var reader = await StartAsync("line", redis);
        await using var writer = await HotReplica.StartAsync(database, Projects["line"], redis.ConnectionString);
        await using var other = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        await reader.ReadAsync();
        var line = $"dendrite:{{{Projects["line"]}}}:line:branches/main";
        Assert.True(await other.GetDatabase().KeyDeleteAsync(line));

        var version = await writer.CommitAsync();
        var seen = (await reader.ReadAsync()).Version;

        Assert.True(seen == version || reader.MissedRedis || writer.MissedRedis, $"{seen}, not {version}");
    }

    [Fact]
    public async Task Without_Redis_own_writes_are_seen_and_when_it_is_back_and_empty_they_are_too()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var replica = await StartAsync("away", redis);
        await replica.CommitAsync();
        await replica.ReadAsync();

        await redis.KillAsync();
        Assert.Equal(await replica.CommitAsync(), (await replica.ReadAsync()).Version);
        Assert.Equal(await replica.CommitAsync(), (await replica.ReadAsync()).Version);
        await redis.StartAgainAsync();
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(await replica.CommitAsync(), (await replica.ReadAsync()).Version);
        }
    }

    [Fact]
    public async Task A_write_that_Redis_was_not_told_of_is_seen_by_other_replicas_within_the_lifetime_of_an_entry()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var reader = await StartAsync("bound", redis);
        // This one's Redis is nobody: as if the network between them were cut.
        var nobody = $"127.0.0.1:{RedisServer.FreePort()},connectRetry=1";
        await using var writer = await HotReplica.StartAsync(database, Projects["bound"], nobody);
        await reader.CommitAsync();
        await reader.ReadAsync();
        await reader.ReadAsync();

        var version = await writer.CommitAsync();
        Assert.Equal(version, (await writer.ReadAsync()).Version);

        var began = TimeProvider.System.GetTimestamp();
        while ((await reader.ReadAsync()).Version != version)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < HotSnapshots.Lifetime + TimeSpan.FromSeconds(2));
            await Task.Delay(TimeSpan.FromMilliseconds(50), Token);
        }
    }

    [Fact]
    public async Task An_entry_lives_from_before_it_was_loaded_however_late_Redis_takes_it()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var reader = await StartAsync("late", redis);
        await using var other = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        await using var holder = await database.Owner.OpenConnectionAsync(Token);
        await using var hold = await holder.BeginTransactionAsync(Token);
        await using var @lock = holder.CreateCommand();
        @lock.CommandText = "LOCK TABLE branching.branch IN ACCESS EXCLUSIVE MODE";
        await @lock.ExecuteNonQueryAsync(Token);
        var held = TimeSpan.FromSeconds(2);

        var reading = reader.ReadAsync();
        await Task.Delay(held, Token);
        await hold.RollbackAsync(Token);
        await reading;

        var entry = $"dendrite:{{{Projects["late"]}}}:state:branches/main";
        var life = await other.GetDatabase().KeyTimeToLiveAsync(entry);
        // Where the machine stood still meanwhile it is over already.
        Assert.True(life is null || life <= HotSnapshots.Lifetime - held / 2, $"{life}");
    }

    [Fact]
    public async Task What_others_put_into_Redis_is_not_believed()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var replica = await StartAsync("garbage", redis);
        var version = await replica.CommitAsync();
        await replica.ReadAsync();
        await replica.ReadAsync();
        await using var intruder = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var entry = $"dendrite:{{{Projects["garbage"]}}}:state:branches/main";
        Assert.True(await intruder.GetDatabase().KeyExistsAsync(entry));
        await intruder.GetDatabase().HashSetAsync(entry, "state", new byte[] { 1, 2, 3 });

        Assert.Equal(version, (await replica.ReadAsync()).Version);
    }

    [Fact]
    public async Task Who_is_answered_that_a_request_was_done_sees_it_also_where_the_replica_that_did_it_told_nobody()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var replica = await StartAsync("told", redis);
        await replica.CommitAsync();
        await replica.ReadAsync();
        await replica.ReadAsync();
        // One that is killed between the commit and its message to Redis: here it has nobody to tell.
        var killed = new PlatformDatabase(database.Branch);
        var mutation = new Mutation("tests", "Test", "projects/told/branches/main/datasets/visits")
        {
            RequestId = new Guid(1, 2, 3, new byte[8]),
        };
        var version = await CommitAsync(killed, Projects["told"], mutation);

        Assert.NotNull(await new IdempotencyStore(replica.Database).FindAsync(Projects["told"], mutation, Token));

        Assert.Equal(version, (await replica.ReadAsync()).Version);
    }

    [Fact]
    public async Task Who_takes_a_stream_sees_what_is_durable_also_where_the_replica_that_wrote_it_told_nobody()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var replica = await StartAsync("taken", redis);
        await ForkAsync(replica, "taken");
        var timeline = (await replica.ReadAsync("trial")).Timeline;
        await replica.ReadAsync("trial");
        var killed = new PlatformDatabase(database.Ingest);
        var author = new CommitAuthor(Projects["taken"], timeline, "tests", "");
        var channel = new SignalChannel("C3", SampleType.Int16, 0);
        var descriptor = new SignalStreamDescriptor("eeg", new(250, 1), 0, [channel]);
        var (stream, _) = await new SignalStreamStore(killed).CreateAsync(
            author,
            Guid.CreateVersion7(),
            descriptor,
            Token
        );

        var claim = new WriterClaim(stream.StreamId, 1, "tests");
        await new WriterStore(replica.AsIngest).OpenAsync(Projects["taken"], timeline, claim, Token);

        var now = await new SnapshotReader(killed).ReadAsync(Projects["taken"], "trial", SnapshotPoint.Head, Token);
        Assert.Equal(now.Version, (await replica.ReadAsync("trial")).Version);
    }

    private static async Task<CommitVersion> CommitAsync(PlatformDatabase writer, ProjectId project, Mutation mutation)
    {
        var main = await new SnapshotReader(writer).ReadAsync(project, "main", SnapshotPoint.Head, Token);
        await using var batch = writer.CreateBatch(project);
        batch.Add(CommitDoor.CreateCommand(new(main.Timeline, CommitKind.Merge, "tests", "", new byte[32])));
        IdempotencyStore.AddTo(batch, mutation, []);
        return (await batch.ReadAsync(CommitDoor.ReadReceiptAsync, Token)).Version;
    }

    [Fact]
    public async Task Keys_of_wrong_types_cost_their_branch_one_load_and_nobody_else_anything()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var replica = await StartAsync("types", redis);
        await using var intruder = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var version = await replica.CommitAsync();
        var line = (await replica.ReadAsync()).Timeline;
        await replica.ReadAsync();
        var root = $"dendrite:{{{Projects["types"]}}}:";
        string[] keys = ["state:branches/main", "changes:branches/main", "line:branches/main", $"commits:{line}"];
        foreach (var key in keys)
        {
            await intruder.GetDatabase().KeyDeleteAsync(root + key);
            await intruder.GetDatabase().ScriptEvaluateAsync("return redis.call('SADD', KEYS[1], 'x')", [root + key]);

            Assert.Equal(version, (await replica.ReadAsync()).Version);
            await replica.ReadAsync();
            var loads = replica.Snapshots.Loads;
            Assert.Equal(version, (await replica.ReadAsync()).Version);
            Assert.True(loads == replica.Snapshots.Loads, $"{key}: {replica.Snapshots.Loads - loads}");

            await intruder.GetDatabase().KeyDeleteAsync(root + key);
            await intruder.GetDatabase().ScriptEvaluateAsync("return redis.call('SADD', KEYS[1], 'x')", [root + key]);
            version = await replica.CommitAsync();
            Assert.Equal(version, (await replica.ReadAsync()).Version);
        }

        Assert.False(replica.MissedRedis);
    }

    [Fact]
    public async Task A_branch_that_was_deleted_is_not_found_from_then_on()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var replica = await StartAsync("deleted", redis);
        var project = Projects["deleted"];
        var (writer, mutation) = await ForkAsync(replica, "deleted");
        await replica.ReadAsync("trial");
        await replica.ReadAsync("trial");

        await writer.DeleteAsync(project, new("trial"), TimeSpan.FromDays(1), mutation, Token);

        var refusal = await Assert.ThrowsAsync<DendriteException>(() => replica.ReadAsync("trial"));
        Assert.Equal(ErrorReason.BranchNotFound, refusal.Reason);
    }

    /// <summary>Forks a branch named trial off main.</summary>
    /// <returns>What changes it, and who.</returns>
    private async Task<(BranchWriter Writer, Mutation Mutation)> ForkAsync(HotReplica replica, string project)
    {
        var requests = new IdempotencyStore(replica.Database);
        var writer = new BranchWriter(replica.Database, new BranchStore(replica.Database), requests);
        var forker = new BranchForker(replica.Database, new SnapshotReader(replica.Database), writer);
        var mutation = new Mutation("tests", "Test", $"projects/{project}/branches/trial")
        {
            RequestDigest = new byte[32],
        };
        var trial = new NewBranch("trial", Guid.CreateVersion7(), "main", SnapshotPoint.Head) { Owner = "tests" };
        await forker.CreateAsync(Projects[project], trial, mutation, Token);
        return (writer, mutation);
    }

    private Dictionary<string, ProjectId> Projects { get; } = [];

    private static bool Same(BranchSnapshot left, BranchSnapshot right) => left == right;

    private static async Task RaceAsync(HotReplica replica, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            await replica.ReadAsync();
        }
    }

    private async Task<HotReplica> StartAsync(string name, RedisServer redis)
    {
        var number = name.Sum(letter => letter);
        var project = new NewProject(name, new Guid(number, 1, 0, new byte[8]), new Guid(number, 2, 0, new byte[8]));
        Projects[name] = await new ProjectStore(new PlatformDatabase(database.Branch)).CreateAsync(
            project,
            "tests",
            Token
        );
        return await HotReplica.StartAsync(database, Projects[name], redis.ConnectionString);
    }
}
