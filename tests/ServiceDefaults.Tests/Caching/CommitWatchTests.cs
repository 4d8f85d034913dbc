using Dendrite.Fixtures.Redis;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Dendrite.Versioning;
using StackExchange.Redis;

namespace Dendrite.ServiceDefaults.Tests.Caching;

public sealed class CommitWatchTests
{
    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_waits_for_a_Redis_that_is_away()
    {
        await using var redis = await ConnectAsync("127.0.0.1:1");
        var watch = new CommitNotices(redis).Watch(new ProjectId(1), "main", new TimelineId(1), () => { });
        await watch.ListenAsync().WaitAsync(Brief, Token);
        Assert.False(watch.HearsOthers);
        await watch.DisposeAsync().AsTask().WaitAsync(Brief, Token);
    }

    [Fact]
    public async Task A_Redis_that_goes_and_comes_back_is_told_like_a_change_and_listened_to_again()
    {
        await using var server = await RedisServer.StartAsync();
        await using var redis = await ConnectAsync(server.ConnectionString);
        using var changed = new SemaphoreSlim(0);
        await using var watch = new CommitNotices(redis).Watch(
            new ProjectId(1),
            "main",
            new TimelineId(1),
            () => changed.Release()
        );
        await ListenUntilAsync(watch, hears: true, changed);
        await server.KillAsync();
        await ListenUntilAsync(watch, hears: false, changed);
        await server.StartAgainAsync();
        await ListenUntilAsync(watch, hears: true, changed);
        while (changed.CurrentCount > 0)
        {
            await changed.WaitAsync(Token);
        }

        // The key that counts the commits of timeline 1 of project 1.
        await redis.GetSubscriber().PublishAsync(RedisChannel.Literal("dendrite:{1}:commits:1"), "1");
        Assert.True(await changed.WaitAsync(Patience, Token));
    }

    /// <summary>As a follower does: it listens again whenever it is told of a change, and now and then.</summary>
    private static async Task ListenUntilAsync(CommitWatch watch, bool hears, SemaphoreSlim changed)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(Token);
        late.CancelAfter(Patience);
        await watch.ListenAsync();
        while (watch.HearsOthers != hears)
        {
            await changed.WaitAsync(TimeSpan.FromMilliseconds(50), late.Token);
            await watch.ListenAsync();
        }
    }

    private static Task<ConnectionMultiplexer> ConnectAsync(string server) =>
        ConnectionMultiplexer.ConnectAsync($"{server},abortConnect=false,connectTimeout=200");
}
