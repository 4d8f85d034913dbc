using StackExchange.Redis.Connections;
using StackExchange.Redis.Protocol;

namespace StackExchange.Redis.PubSub;

/// <summary>
/// Who listens to what. It outlives connections: <see cref="RenewAsync"/> tells a new one. Which command goes out is
/// decided and handed over under one lock, so that the last word to the server is the last word of the callers.
/// </summary>
internal sealed class Subscriptions
{
    private readonly Dictionary<RedisChannel, List<ChannelMessageQueue>> queues = [];
    private readonly Lock gate = new();

    /// <summary>Adds a listener and sends what that takes. The task ends with the server's confirmation.</summary>
    public Task AddAsync(ChannelMessageQueue queue, Func<Command, Task> send)
    {
        lock (gate)
        {
            if (!queues.TryGetValue(queue.Channel, out var listeners))
                queues.Add(queue.Channel, listeners = []);
            listeners.Add(queue);
            // Also when others listen already: their confirmation may still be on its way.
            return send(Subscribe(queue.Channel));
        }
    }

    /// <summary>Takes away the listeners that match; the server is told when none is left.</summary>
    public Task RemoveAsync(RedisChannel channel, Predicate<ChannelMessageQueue> matches, Func<Command, Task> send)
    {
        lock (gate)
        {
            if (!queues.TryGetValue(channel, out var listeners))
                return Task.CompletedTask;
            foreach (var removed in listeners.FindAll(matches))
                removed.Complete();
            listeners.RemoveAll(matches);
            if (listeners.Count > 0)
                return Task.CompletedTask;
            queues.Remove(channel);
            return send(new Command(channel.IsPattern ? "PUNSUBSCRIBE" : "UNSUBSCRIBE", [channel.ToArgument()]));
        }
    }

    public RedisChannel[] Channels()
    {
        lock (gate)
            return [.. queues.Keys];
    }

    /// <summary>Subscribes a new connection to everything.</summary>
    public Task RenewAsync(RespConnection connection)
    {
        lock (gate)
            return Task.WhenAll(queues.Keys.Select(channel => connection.SendAsync(Subscribe(channel))).ToList());
    }

    /// <summary>Ends every subscription: the multiplexer goes away.</summary>
    public void CompleteAll()
    {
        lock (gate)
        {
            foreach (var queue in queues.Values.SelectMany(listeners => listeners))
                queue.Complete();
            queues.Clear();
        }
    }

    /// <summary>Passes a pushed message on. False for anything else, which then is the reply to a command.</summary>
    public bool TryDeliver(Reply reply)
    {
        if (reply.Items is not { Length: >= 3 } items || items[0].Bytes is not { } kind)
            return false;

        if (kind.AsSpan().SequenceEqual("message"u8))
        {
            var channel = RedisChannel.Literal(items[1].Bytes!);
            Deliver(channel, new ChannelMessage(channel, channel, items[2].Bytes));
            return true;
        }

        if (items.Length == 4 && kind.AsSpan().SequenceEqual("pmessage"u8))
        {
            var pattern = RedisChannel.Pattern(items[1].Bytes!);
            Deliver(pattern, new ChannelMessage(pattern, RedisChannel.Literal(items[2].Bytes!), items[3].Bytes));
            return true;
        }

        return false;
    }

    private void Deliver(RedisChannel subscribed, ChannelMessage message)
    {
        lock (gate)
        {
            foreach (var queue in queues.GetValueOrDefault(subscribed) ?? [])
                queue.Add(message);
        }
    }

    private static Command Subscribe(RedisChannel channel) =>
        new(channel.IsPattern ? "PSUBSCRIBE" : "SUBSCRIBE", [channel.ToArgument()]);
}
