using Dendrite.Fixtures.Redis;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;

namespace Dendrite.IngestService.Tests.Query.Tail;

/// <summary>How a replica learns of what was committed through another one.</summary>
public sealed class TailNoticeTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private const string Never = "1.00:00:00";
    private const string Soon = "00:00:00.020";

    [Fact]
    public async Task Redis_tells_another_replica_of_a_commit()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var writer = await StartAsync(redis, Never, Never);
        await using var reader = await StartAsync(redis, Never, Never);
        using var tail = await FollowAsync(writer, reader);
        for (var sample = 0; sample < 50; sample += 10)
        {
            await AppendAsync(writer, tail.Stream, sample);
            await tail.Client.HearUntilAsync(sample + 10);
        }
    }

    [Fact]
    public async Task Without_Redis_another_replica_finds_a_commit_by_looking()
    {
        await using var reader = await fixture.StartAsync(builder => Configure(builder, Soon, Never));
        using var tail = await FollowAsync(fixture.App, reader);
        await AppendAsync(fixture.App, tail.Stream, 0);
        await tail.Client.HearUntilAsync(10);
    }

    [Fact]
    public async Task Redis_that_is_killed_and_comes_back_costs_no_sample()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var writer = await StartAsync(redis, Soon, Soon);
        // While Redis is there it is trusted for a day: what ends the waiting is its going.
        await using var reader = await StartAsync(redis, Soon, Never);
        using var tail = await FollowAsync(writer, reader);
        await AppendAsync(writer, tail.Stream, 0);
        await tail.Client.HearUntilAsync(10);
        await redis.KillAsync();
        await AppendAsync(writer, tail.Stream, 10);
        await AppendAsync(writer, tail.Stream, 20);
        await tail.Client.HearUntilAsync(30);
        Assert.Empty(tail.Client.Others);
    }

    private Task<WebApplication> StartAsync(RedisServer redis, string poll, string check) =>
        fixture.StartAsync(builder =>
        {
            builder.Configuration["ConnectionStrings:redis"] = $"{redis.ConnectionString},abortConnect=false";
            Configure(builder, poll, check);
        });

    private static void Configure(WebApplicationBuilder builder, string poll, string check)
    {
        builder.Configuration["Ingest:Tail:PollInterval"] = poll;
        builder.Configuration["Ingest:Tail:CheckInterval"] = check;
    }

    /// <summary>A stream that one replica makes and another follows.</summary>
    private async Task<Following> FollowAsync(WebApplication writer, WebApplication reader)
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        await AppendAsync(writer, stream, null);
        var channel = GrpcChannel.ForAddress(reader.Urls.Single());
        var query = new V1.QueryService.QueryServiceClient(channel.CreateCallInvoker());
        return new(stream, channel, await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = 0, query));
    }

    /// <summary>Makes the stream, or appends ten samples to it.</summary>
    private static async Task AppendAsync(WebApplication at, string stream, long? first)
    {
        using var channel = GrpcChannel.ForAddress(at.Urls.Single());
        var ingest = new V1.IngestService.IngestServiceClient(channel.CreateCallInvoker());
        var batch = new V1.AppendBatchRequest
        {
            Open = new()
            {
                Stream = stream,
                Descriptor_ = Recording.Descriptor(),
                CreateIfMissing = true,
            },
        };
        if (first is { } sample)
        {
            batch.Blocks.Add(Recording.Block(sample, 10));
        }

        await ingest.AppendBatchAsync(batch, IngestFixture.Options);
    }

    private sealed record Following(string Stream, GrpcChannel Channel, TailClient Client) : IDisposable
    {
        public void Dispose()
        {
            Client.Dispose();
            Channel.Dispose();
        }
    }
}
