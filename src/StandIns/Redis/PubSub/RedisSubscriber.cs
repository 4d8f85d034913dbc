using StackExchange.Redis.Protocol;

namespace StackExchange.Redis.PubSub;

internal sealed class RedisSubscriber(ConnectionMultiplexer multiplexer) : ISubscriber
{
    public IConnectionMultiplexer Multiplexer => multiplexer;

    public bool IsConnected(RedisChannel channel = default) => multiplexer.SubscriptionLink.IsConnected;

    public Task<TimeSpan> PingAsync(CommandFlags flags = CommandFlags.None) =>
        multiplexer.GetDatabase().PingAsync(flags);

    public Task<long> PublishAsync(RedisChannel channel, RedisValue message, CommandFlags flags = CommandFlags.None) =>
        multiplexer.GetDatabase().PublishAsync(channel, message, flags);

    public async Task SubscribeAsync(
        RedisChannel channel,
        Action<RedisChannel, RedisValue> handler,
        CommandFlags flags = CommandFlags.None
    )
    {
        var queue = NewQueue(channel, handler);
        queue.OnMessage(message => handler(message.Channel, message.Message));
        await AddAsync(queue, flags);
    }

    public async Task<ChannelMessageQueue> SubscribeAsync(RedisChannel channel, CommandFlags flags = CommandFlags.None)
    {
        var queue = NewQueue(channel, handler: null);
        await AddAsync(queue, flags);
        return queue;
    }

    public Task UnsubscribeAsync(
        RedisChannel channel,
        Action<RedisChannel, RedisValue>? handler = null,
        CommandFlags flags = CommandFlags.None
    ) =>
        multiplexer.Subscriptions.RemoveAsync(
            channel,
            queue => handler is null || handler.Equals(queue.Handler),
            command => TrySendAsync(command, flags)
        );

    public Task UnsubscribeAllAsync(CommandFlags flags = CommandFlags.None) =>
        Task.WhenAll(multiplexer.Subscriptions.Channels().Select(channel => UnsubscribeAsync(channel, null, flags)));

    private ChannelMessageQueue NewQueue(RedisChannel channel, Action<RedisChannel, RedisValue>? handler) =>
        new(
            channel,
            RemoveAsync,
            error => multiplexer.ReportInternalError(error, ConnectionType.Subscription, channel!)
        )
        {
            Handler = handler,
        };

    private Task RemoveAsync(ChannelMessageQueue queue) =>
        multiplexer.Subscriptions.RemoveAsync(
            queue.Channel,
            candidate => ReferenceEquals(candidate, queue),
            command => TrySendAsync(command, CommandFlags.None)
        );

    private async Task AddAsync(ChannelMessageQueue queue, CommandFlags flags)
    {
        try
        {
            await multiplexer.Subscriptions.AddAsync(queue, command => TrySendAsync(command, flags));
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            // The caller learns that there is no subscription, so there must be none.
            await RemoveAsync(queue);
            throw;
        }
    }

    /// <summary>Without a connection there is nothing to do: the next one is told of all subscriptions.</summary>
    private async Task TrySendAsync(Command command, CommandFlags flags)
    {
        try
        {
            var confirmed = multiplexer.SubscriptionLink.SendAsync(command);
            if (flags.HasFlag(CommandFlags.FireAndForget))
                Connections.TaskExtensions.Forget(confirmed);
            else
                await confirmed;
        }
        catch (RedisConnectionException)
        {
            // As above.
        }
    }
}
