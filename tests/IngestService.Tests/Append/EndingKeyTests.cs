using Dendrite.Errors;
using Dendrite.Storage.Access;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;

namespace Dendrite.IngestService.Tests.Append;

/// <summary>Streams whose key ceases to be good while they are open.</summary>
public sealed class EndingKeyTests(IngestFixture fixture) : IClassFixture<IngestFixture>, IAsyncLifetime
{
    private WebApplication? replica;
    private GrpcChannel? channel;

    public async ValueTask InitializeAsync()
    {
        replica = await fixture.StartAsync(builder =>
            builder.Configuration["Access:OpenCallCheckInterval"] = "00:00:00.1"
        );
        channel = GrpcChannel.ForAddress(replica.Urls.Single());
    }

    public async ValueTask DisposeAsync()
    {
        channel!.Dispose();
        await replica!.StopAsync();
        await replica.DisposeAsync();
    }

    [Fact]
    public async Task An_append_ends_with_the_reason_and_what_was_acknowledged_is_durable()
    {
        await PutKeyAsync("appends", disabled: false);
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        using var gateway = Connect("appends");
        await gateway.OpenAsync(stream, Recording.Descriptor());
        await gateway.SendAsync(Recording.Block(0, 300));
        await gateway.HearUntilAsync(300);

        await PutKeyAsync("appends", disabled: true);
        var (code, reason, message) = await gateway.HearFailureAsync();
        Assert.Equal((StatusCode.Unauthenticated, ErrorReason.Unauthenticated), (code, reason));
        Assert.Contains("The API key 'appends' is disabled", message, StringComparison.Ordinal);
        await fixture.AssertHoldsAsync(stream, 300);

        await PutKeyAsync("appends", disabled: false);
        using var next = Connect("appends");
        Assert.Equal(300, (await next.OpenAsync(stream, Recording.Descriptor())).NextSample);
    }

    /// <summary>Messages come all the time, so that the end meets some on their way.</summary>
    [Fact]
    public async Task What_was_received_before_the_end_is_acknowledged_or_sent_again()
    {
        await PutKeyAsync("hurries", disabled: false);
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        using var gateway = Connect("hurries");
        await gateway.OpenAsync(stream, Recording.Descriptor());
        var sending = SendAllAsync(gateway);
        var through = (await gateway.HearUntilAsync(1_000))[^1].ThroughSample;
        await PutKeyAsync("hurries", disabled: true);
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (true)
            {
                through = (await gateway.HearAsync()).Acked.ThroughSample;
            }
        });
        await sending;

        Assert.Equal(StatusCode.Unauthenticated, failure.StatusCode);
        // Whatever was committed was also told: the acknowledgements come before the status.
        await fixture.AssertHoldsAsync(stream, through);
    }

    [Fact]
    public async Task A_tail_ends_with_the_reason()
    {
        await PutKeyAsync("tails", disabled: false);
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        using var tail = new V1.QueryService.QueryServiceClient(channel).Tail(
            new() { Stream = stream },
            IngestFixture.OptionsOf("tails")
        );
        Assert.True(await tail.ResponseStream.MoveNext(TestContext.Current.CancellationToken));

        await PutKeyAsync("tails", disabled: true);
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await tail.ResponseStream.MoveNext(TestContext.Current.CancellationToken)) { }
        });
        Assert.Equal(StatusCode.Unauthenticated, failure.StatusCode);
        Assert.Contains("The API key 'tails' is disabled", failure.Status.Detail, StringComparison.Ordinal);
        // Another key's call goes on.
        await gateway.SendAsync(Recording.Block(0, 10));
        await gateway.HearUntilAsync(10);
    }

    private static async Task SendAllAsync(Gateway gateway)
    {
        try
        {
            for (var sample = 0L; ; sample += 100)
            {
                await gateway.SendAsync(Recording.Block(sample, 100));
            }
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException)
        {
            // The status says why.
        }
    }

    private Gateway Connect(string key) =>
        new(new V1.IngestService.IngestServiceClient(channel).Append(IngestFixture.OptionsOf(key)));

    private Task PutKeyAsync(string id, bool disabled)
    {
        var key = ApiKey.Parse(IngestFixture.TestKey.Replace("tests", id, StringComparison.Ordinal));
        DateTimeOffset? since = disabled ? DateTimeOffset.UnixEpoch : null;
        var record = new ApiKeyRecord(
            id,
            key.HashSecret(),
            fixture.ProjectId,
            IngestFixture.Project,
            id,
            [],
            null,
            since
        );
        return new ApiKeyStore(fixture.Database.Owner).PutAsync(record, TestContext.Current.CancellationToken);
    }
}
