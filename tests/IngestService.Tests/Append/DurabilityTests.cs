using Dendrite.Errors;
using Dendrite.Fixtures.Postgres;
using Dendrite.IngestService.Append;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.IngestService.Tests.Append;

public sealed class DurabilityTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Nothing_is_acknowledged_before_its_commit()
    {
        var branch = await fixture.ForkAsync();
        var (gateway, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(branch));
        using var __ = gateway;
        await using var obstacle = await LockTimelineAsync(branch);
        await gateway.SendAsync(Recording.Block(0, 100));
        await WaitUntilCommitHangsAsync();
        var acknowledgement = gateway.HearAsync();
        Assert.False(acknowledgement.IsCompleted);
        await obstacle.RollbackAsync(TestContext.Current.CancellationToken);
        Assert.Equal(100, (await acknowledgement).Acked.ThroughSample);
    }

    [Fact]
    public async Task A_connection_killed_in_the_middle_of_a_commit_costs_a_resume_and_nothing_else()
    {
        var branch = await fixture.ForkAsync();
        var stream = IngestFixture.StreamName(branch);
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        await gateway.SendAsync(Recording.Block(0, 100));
        await gateway.HearUntilAsync(100);
        await using (var obstacle = await LockTimelineAsync(branch))
        {
            await gateway.SendAsync(Recording.Block(100, 100));
            await WaitUntilCommitHangsAsync();
            await fixture.CountAsync(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'dendrite_ingest' "
                    + "AND wait_event_type = 'Lock' AND datname = current_database()"
            );
            var (code, reason, message) = await gateway.HearFailureAsync();
            Assert.Equal(StatusCode.Unavailable, code);
            Assert.Equal(ErrorReason.Unavailable, reason);
            Assert.NotEmpty(message);
        }

        gateway.Dispose();
        var (again, resumed) = await Gateway.OpenAsync(fixture, stream);
        using var _ = again;
        Assert.Equal(100, resumed.NextSample);
        await again.SendAsync(Recording.Block(100, 100));
        await again.CloseAsync();
        await fixture.AssertHoldsAsync(stream, 200);
    }

    [Fact]
    public async Task A_resume_that_waits_for_a_commit_is_told_the_version_of_that_commit()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 100));
        await gateway.HearUntilAsync(100);
        // A commit moves the writer before it adds to the log of appends, and hangs between the two here.
        await using var obstacle = await HoldAsync("LOCK TABLE signals.append IN SHARE MODE");
        await gateway.SendAsync(Recording.Block(100, 100));
        await WaitUntilCommitHangsAsync();
        var resuming = Gateway.OpenAsync(fixture, stream);
        await WaitUntilCommitHangsAsync(waiting: 2);
        await obstacle.RollbackAsync(TestContext.Current.CancellationToken);

        var (again, resumed) = await resuming;
        using var ___ = again;
        var acknowledged = (await gateway.HearUntilAsync(200))[^1];
        Assert.Equal((200, acknowledged.Version), (resumed.NextSample, resumed.AcknowledgedVersion));
    }

    [Fact]
    public async Task A_stopping_replica_stores_what_it_took_and_sends_its_clients_elsewhere()
    {
        await using var replica = await fixture.StartAsync();
        using var channel = Grpc.Net.Client.GrpcChannel.ForAddress(replica.Urls.Single());
        var client = new V1.IngestService.IngestServiceClient(channel.CreateCallInvoker());
        var branch = await fixture.ForkAsync();
        var stream = IngestFixture.StreamName(branch);
        using var gateway = new Gateway(client.Append(IngestFixture.Options));
        await gateway.OpenAsync(stream, Recording.Descriptor());
        await using var obstacle = await LockTimelineAsync(branch);
        await gateway.SendAsync(Recording.Block(0, 100));
        await WaitUntilCommitHangsAsync();
        var stopping = replica.StopAsync(TestContext.Current.CancellationToken);
        await obstacle.RollbackAsync(TestContext.Current.CancellationToken);
        Assert.Equal(100, (await gateway.HearUntilAsync(100))[^1].ThroughSample);
        var (code, reason, message) = await gateway.HearFailureAsync();
        Assert.Equal((StatusCode.Unavailable, ErrorReason.Unavailable), (code, reason));
        Assert.Contains("stopping", message, StringComparison.Ordinal);
        await stopping.WaitAsync(Patience);
        await fixture.AssertHoldsAsync(stream, 100);
    }

    [Fact]
    public async Task A_client_that_hangs_up_without_a_close_loses_nothing_that_it_sent()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 100));
        await gateway.HangUpAsync();
        Assert.Equal(StatusCode.OK, (await gateway.HearFailureAsync()).Code);
        await fixture.AssertHoldsAsync(stream, 100);
    }

    [Fact]
    public async Task While_commits_hang_annotations_hold_no_more_than_the_budget_and_then_go_in_commits_of_their_size()
    {
        const int Budget = 4 << 20;
        const int Commit = 1 << 20;
        const int Messages = 12;
        await using var replica = await fixture.StartAsync(builder =>
        {
            builder.Configuration["Ingest:MaxSessionBytesInFlight"] = $"{Budget}";
            builder.Configuration["Ingest:MaxCommitBytes"] = $"{Commit}";
        });
        using var channel = Grpc.Net.Client.GrpcChannel.ForAddress(replica.Urls.Single());
        var client = new V1.IngestService.IngestServiceClient(channel.CreateCallInvoker());
        var branch = await fixture.ForkAsync();
        using var gateway = new Gateway(client.Append(IngestFixture.Options));
        await gateway.OpenAsync(IngestFixture.StreamName(branch), Recording.Descriptor());
        var commits = await fixture.CountAsync("SELECT count(*) FROM branching.commit");
        await using var obstacle = await LockTimelineAsync(branch);

        var sending = SendAsync();
        var budget = replica.Services.GetRequiredService<Committers>().ServerBudget;
        await Eventually.HoldsAsync(() => budget.Held > Budget - Commit, "a budget that is used up");
        Assert.InRange(budget.Held, 0, Budget);
        await obstacle.RollbackAsync(TestContext.Current.CancellationToken);
        await sending;
        await gateway.CloseAsync();

        Assert.Equal(Messages * 200, await fixture.CountAsync("SELECT count(*) FROM signals.annotation"));
        // Two of 800 KB fill one.
        commits = await fixture.CountAsync("SELECT count(*) FROM branching.commit") - commits;
        Assert.InRange(commits, Messages / 2, Messages);

        async Task SendAsync()
        {
            var text = new string('x', 4_000);
            for (var i = 0; i < Messages; i++)
            {
                var notes = Enumerable
                    .Range(i * 200, 200)
                    .Select(at => new V1.Annotation { StartSample = at, Text = text });
                await gateway.SendAsync(new V1.AppendRequest { Annotations = new() { Annotations = { notes } } });
            }
        }
    }

    /// <summary>Holds the branch's timeline, so that every commit to it waits.</summary>
    private Task<HeldTransaction> LockTimelineAsync(string branch) =>
        HoldAsync(
            "SELECT FROM branching.timeline JOIN branching.branch USING (project_id, timeline_id) WHERE name = $1 "
                + "FOR UPDATE OF timeline",
            branch
        );

    /// <summary>Takes a lock, until the transaction ends.</summary>
    private Task<HeldTransaction> HoldAsync(string sql, params string[] arguments) =>
        HeldTransaction.TakeAsync(fixture.Database.Owner, sql, arguments, TestContext.Current.CancellationToken);

    private async Task WaitUntilCommitHangsAsync(int waiting = 1)
    {
        using var patience = new CancellationTokenSource(Patience);
        const string Waiting =
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'dendrite_ingest' AND wait_event_type = 'Lock' "
            + "AND datname = current_database()";
        while (await fixture.CountAsync(Waiting) < waiting)
        {
            patience.Token.ThrowIfCancellationRequested();
        }
    }
}
