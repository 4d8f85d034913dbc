using Dendrite.Errors;
using Grpc.Core;
using Npgsql;

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

    /// <summary>Holds the branch's timeline, so that every commit to it waits.</summary>
    private async Task<NpgsqlTransaction> LockTimelineAsync(string branch)
    {
        var token = TestContext.Current.CancellationToken;
        var connection = await fixture.Database.Owner.OpenConnectionAsync(token);
        var transaction = await connection.BeginTransactionAsync(token);
        await using var command = new NpgsqlCommand(
            "SELECT FROM branching.timeline JOIN branching.branch USING (project_id, timeline_id) WHERE name = "
                + "@name FOR UPDATE OF timeline",
            connection
        );
        command.Parameters.AddWithValue("name", branch);
        await command.ExecuteNonQueryAsync(token);
        return transaction;
    }

    private async Task WaitUntilCommitHangsAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        const string Waiting =
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'dendrite_ingest' AND wait_event_type = 'Lock' "
            + "AND datname = current_database()";
        while (await fixture.CountAsync(Waiting) == 0)
        {
            patience.Token.ThrowIfCancellationRequested();
        }
    }
}
