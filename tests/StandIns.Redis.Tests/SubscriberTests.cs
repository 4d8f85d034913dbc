using StackExchange.Redis;

namespace Dendrite.StandIns.Redis.Tests;

public sealed class SubscriberTests(SharedRedis redis)
{
    private readonly ISubscriber subscriber = redis.Multiplexer.GetSubscriber();

    [Fact]
    public async Task Messages_arrive_in_order_at_every_subscriber()
    {
        var channel = RedisChannel.Literal(nameof(Messages_arrive_in_order_at_every_subscriber));
        var first = await subscriber.SubscribeAsync(channel).Bounded();
        var second = await subscriber.SubscribeAsync(channel).Bounded();
        for (var i = 0; i < 1000; i++)
            Assert.Equal(1, await subscriber.PublishAsync(channel, i));

        foreach (var queue in new[] { first, second })
        {
            for (var i = 0; i < 1000; i++)
                Assert.Equal(i, (int)(await queue.ReadAsync().AsTask().Bounded()).Message);
        }
    }

    [Fact]
    public async Task A_pattern_hears_every_channel_that_it_matches()
    {
        var queue = await subscriber.SubscribeAsync(RedisChannel.Pattern("pattern:*:x")).Bounded();
        await subscriber.PublishAsync(RedisChannel.Literal("pattern:1:y"), "no");
        await subscriber.PublishAsync(RedisChannel.Literal("pattern:1:x"), "yes");
        var message = await queue.ReadAsync().AsTask().Bounded();
        Assert.Equal("yes", message.Message);
        Assert.Equal(RedisChannel.Literal("pattern:1:x"), message.Channel);
        Assert.Equal(RedisChannel.Pattern("pattern:*:x"), message.SubscriptionChannel);
        await Assert.ThrowsAsync<ArgumentException>(() => subscriber.PublishAsync(RedisChannel.Pattern("a*"), "x"));
    }

    [Fact]
    public async Task Who_unsubscribes_hears_no_more_and_others_still_do()
    {
        var channel = RedisChannel.Literal(nameof(Who_unsubscribes_hears_no_more_and_others_still_do));
        var leaving = await subscriber.SubscribeAsync(channel).Bounded();
        var staying = await subscriber.SubscribeAsync(channel).Bounded();
        await leaving.UnsubscribeAsync().Bounded();
        await leaving.Completion.Bounded();
        Assert.Equal(1, await subscriber.PublishAsync(channel, "still"));
        Assert.Equal("still", (await staying.ReadAsync().AsTask().Bounded()).Message);
        await subscriber.UnsubscribeAsync(channel).Bounded();
        Assert.Equal(0, await subscriber.PublishAsync(channel, "nobody"));
    }

    [Fact]
    public async Task A_handler_that_throws_is_reported_and_hears_the_next_message()
    {
        var channel = RedisChannel.Literal(nameof(A_handler_that_throws_is_reported_and_hears_the_next_message));
        var reported = new TaskCompletionSource<Exception>();
        var heard = new TaskCompletionSource<string>();
        redis.Multiplexer.InternalError += (_, error) => reported.TrySetResult(error.Exception);
        Action<RedisChannel, RedisValue> handler = (_, message) =>
        {
            if (message == "bad")
                throw new FormatException("no");
            heard.SetResult(message!);
        };
        await subscriber.SubscribeAsync(channel, handler).Bounded();
        await subscriber.PublishAsync(channel, "bad");
        await subscriber.PublishAsync(channel, "good");
        Assert.IsType<FormatException>(await reported.Task.Bounded());
        Assert.Equal("good", await heard.Task.Bounded());
        await subscriber.UnsubscribeAsync(channel, handler).Bounded();
        Assert.Equal(0, await subscriber.PublishAsync(channel, "nobody"));
    }
}
