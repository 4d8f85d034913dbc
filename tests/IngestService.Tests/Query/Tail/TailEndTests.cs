using Dendrite.Errors;
using Dendrite.IngestService.Query.Tail;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.IngestService.Tests.Query.Tail;

/// <summary>What becomes of a tail when what it follows goes, or moves under it.</summary>
public sealed class TailEndTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private StreamFollowers Followers => fixture.App.Services.GetRequiredService<StreamFollowers>();

    [Fact]
    public async Task A_client_that_leaves_ends_all_work_for_it_and_the_last_one_ends_the_following()
    {
        var (stream, _) = await RecordAsync(10);
        await Eventually.HoldsAsync(
            () => Followers is { TailCount: 0, FollowerCount: 0 },
            "the end of other tests' tails"
        );
        using var one = await TailClient.OpenAsync(fixture, stream);
        using var other = await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = 0);
        Assert.Equal((2, 1), (Followers.TailCount, Followers.FollowerCount));

        one.Leave();
        await Eventually.HoldsAsync(() => Followers.TailCount == 1, "the end of one tail");
        await AppendAsync(stream, 10, 5);
        await other.HearUntilAsync(15);
        Assert.Equal(1, Followers.FollowerCount);
        other.Leave();
        await Eventually.HoldsAsync(() => Followers is { TailCount: 0, FollowerCount: 0 }, "the end of all work");
    }

    [Fact]
    public async Task A_client_that_reads_nothing_and_leaves_ends_all_work_too()
    {
        var (stream, _) = await RecordAsync(10);
        using var tail = await TailClient.OpenAsync(fixture, stream);
        // Far more than what the connection takes before it is read: the service waits in the middle of a write.
        await AppendAsync(stream, 10, 300_000);
        tail.Leave();
        await Eventually.HoldsAsync(() => Followers is { TailCount: 0, FollowerCount: 0 }, "the end of all work");
    }

    [Fact]
    public async Task A_stream_that_is_deleted_ends_its_tails_after_what_they_were_owed()
    {
        var (stream, _) = await RecordAsync(10);
        using var tail = await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = 0);
        await fixture.Ingest.DeleteStreamAsync(new() { Name = stream }, IngestFixture.Options);
        var (code, reason, message) = await tail.HearFailureAsync();
        Assert.Equal((StatusCode.NotFound, ErrorReason.StreamNotFound, 10), (code, reason, tail.Next));
        Assert.Contains("deleted while it was followed", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_takes_the_name_of_a_deleted_one_is_not_taken_for_it()
    {
        var (stream, branch) = await RecordAsync(10);
        using var tail = await TailClient.OpenAsync(fixture, stream);
        var before = await fixture.Query.GetStreamAsync(new() { Name = stream }, IngestFixture.Options);
        await fixture.Ingest.DeleteStreamAsync(new() { Name = stream }, IngestFixture.Options);
        await AppendAsync(stream, 0, 20);
        Assert.Equal(StatusCode.NotFound, (await tail.HearFailureAsync()).Code);

        using var again = await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = 0);
        await again.HearUntilAsync(20);
        Assert.NotEqual(before.Stream.Uid, (await GetAsync(stream)).Uid);
        Assert.Contains($"/{branch}/", stream, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_branch_that_is_deleted_ends_the_tails_of_its_streams()
    {
        var (stream, branch) = await RecordAsync(10);
        using var tail = await TailClient.OpenAsync(fixture, stream);
        await fixture.TagAndDeleteAsync(branch);
        var (code, reason, _) = await tail.HearFailureAsync();
        Assert.Equal((StatusCode.NotFound, ErrorReason.BranchNotFound), (code, reason));
    }

    [Fact]
    public async Task A_reset_is_said_with_a_header_and_what_differs_comes_anew()
    {
        var (stream, branch) = await RecordAsync(100);
        var early = (await GetAsync(stream)).LastVersion;
        await AppendAsync(stream, 100, 100);
        var late = (await GetAsync(stream)).LastVersion;
        using var tail = await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = 50);
        await tail.HearUntilAsync(200);

        await fixture.ResetAsync(branch, early);
        Assert.Equal((100, 100), await HearHeaderAsync(tail));
        await AppendAsync(stream, 100, 30);
        await tail.HearUntilAsync(130);

        await fixture.ResetAsync(branch, late);
        Assert.Equal((100, 200), await HearHeaderAsync(tail));
        await tail.HearUntilAsync(200);
        await AppendAsync(stream, 200, 1);
        await tail.HearUntilAsync(201);
    }

    [Fact]
    public async Task A_reset_to_before_the_stream_was_made_ends_its_tails()
    {
        var (stream, branch) = await RecordAsync(10, "first");
        var early = (await GetAsync(stream)).LastVersion;
        var second = IngestFixture.StreamName(branch, "second");
        await AppendAsync(second, 0, 10);
        using var tail = await TailClient.OpenAsync(fixture, second);
        await fixture.ResetAsync(branch, early);
        var (code, reason, _) = await tail.HearFailureAsync();
        Assert.Equal((StatusCode.NotFound, ErrorReason.StreamNotFound), (code, reason));
    }

    [Fact]
    public async Task A_replica_that_stops_says_so_and_the_client_goes_on_at_another_from_where_it_was()
    {
        var (stream, _) = await RecordAsync(10);
        await using var replica = await fixture.StartAsync();
        using var channel = GrpcChannel.ForAddress(replica.Urls.Single());
        var query = new V1.QueryService.QueryServiceClient(channel.CreateCallInvoker());
        using var tail = await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = 0, query);
        await tail.HearUntilAsync(10);
        var stopping = replica.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(StatusCode.Unavailable, (await tail.HearFailureAsync()).Code);
        await stopping;

        await AppendAsync(stream, 10, 10);
        using var resumed = await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = tail.Next);
        await AppendAsync(stream, 20, 10);
        await resumed.HearUntilAsync(30);
    }

    [Fact]
    public async Task A_replica_that_stops_says_so_to_a_client_that_is_behind_too()
    {
        // Far more than what the connection takes before it is read: the service waits in the middle of a write.
        const int Samples = 1_000_000;
        var (stream, _) = await RecordAsync(Samples / 2);
        await AppendAsync(stream, Samples / 2, Samples / 2);
        await using var replica = await fixture.StartAsync();
        using var channel = GrpcChannel.ForAddress(replica.Urls.Single());
        var query = new V1.QueryService.QueryServiceClient(channel.CreateCallInvoker());
        using var tail = await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = 0, query);
        while (tail.Next == 0)
        {
            await tail.HearAsync();
        }

        await Task.Delay(TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken);
        var stopping = replica.StopAsync(TestContext.Current.CancellationToken);
        await Task.Delay(TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken);
        Assert.Equal(StatusCode.Unavailable, (await tail.HearFailureAsync()).Code);
        Assert.InRange(tail.Next, 1, Samples - 1);
        await stopping;
    }

    [Fact]
    public async Task A_replica_holds_as_many_tails_as_it_may_and_one_more_when_one_leaves()
    {
        var (stream, _) = await RecordAsync(10);
        await using var replica = await fixture.StartAsync(builder =>
        {
            builder.Configuration["Ingest:Tail:MaxTails"] = "3";
            builder.Configuration["Ingest:Tail:MaxTailsOfProject"] = "2";
        });
        using var channel = GrpcChannel.ForAddress(replica.Urls.Single());
        var query = new V1.QueryService.QueryServiceClient(channel.CreateCallInvoker());
        using var first = await TailClient.OpenAsync(fixture, stream, null, query);
        using var second = await TailClient.OpenAsync(fixture, stream, null, query);
        var refused = await Assert.ThrowsAsync<RpcException>(() => TailClient.OpenAsync(fixture, stream, null, query));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);

        first.Leave();
        var followers = replica.Services.GetRequiredService<StreamFollowers>();
        await Eventually.HoldsAsync(() => followers.TailCount == 1, "the end of the tail");
        using var third = await TailClient.OpenAsync(fixture, stream, null, query);
        await replica.StopAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<(long, long)> HearHeaderAsync(TailClient tail)
    {
        var header = (await tail.HearAsync())!.Header;
        return (header.Range.StartSample, header.Range.EndSample);
    }

    private async Task<V1.SignalStream> GetAsync(string stream) =>
        (await fixture.Query.GetStreamAsync(new() { Name = stream }, IngestFixture.Options)).Stream;

    private async Task<(string Stream, string Branch)> RecordAsync(int samples, string id = "eeg")
    {
        var branch = await fixture.ForkAsync();
        var stream = IngestFixture.StreamName(branch, id);
        await AppendAsync(stream, 0, samples);
        return (stream, branch);
    }

    private async Task AppendAsync(string stream, long first, int count)
    {
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(first, count));
        await gateway.CloseAsync();
    }
}
