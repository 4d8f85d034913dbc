namespace StackExchange.Redis;

/// <summary>
/// Publish and subscribe. Delivery is at most once: what is published while a subscriber is not connected is gone.
/// Subscriptions outlive the connection: they are made again on each new one.
/// </summary>
public interface ISubscriber : IRedis
{
    bool IsConnected(RedisChannel channel = default);

    /// <summary>Returns how many subscribers the server handed the message to.</summary>
    Task<long> PublishAsync(RedisChannel channel, RedisValue message, CommandFlags flags = CommandFlags.None);

    /// <summary>
    /// Calls the handler for each message, one at a time and in order. Returns once the server has confirmed; without a
    /// connection it returns at once and the subscription takes effect with the next one.
    /// </summary>
    Task SubscribeAsync(
        RedisChannel channel,
        Action<RedisChannel, RedisValue> handler,
        CommandFlags flags = CommandFlags.None
    );

    /// <summary>As the other overload, with a queue to read the messages from.</summary>
    Task<ChannelMessageQueue> SubscribeAsync(RedisChannel channel, CommandFlags flags = CommandFlags.None);

    /// <param name="handler">The handler to take away; null for all of the channel's.</param>
    Task UnsubscribeAsync(
        RedisChannel channel,
        Action<RedisChannel, RedisValue>? handler = null,
        CommandFlags flags = CommandFlags.None
    );

    Task UnsubscribeAllAsync(CommandFlags flags = CommandFlags.None);
}
