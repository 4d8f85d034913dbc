using System.Threading.Channels;

namespace StackExchange.Redis;

/// <summary>
/// The messages of one subscription, in order. Read it, or give it a handler; not both. A reader that falls far behind
/// loses the oldest messages, as Redis itself would cut off a subscriber that does.
/// </summary>
public sealed class ChannelMessageQueue : IAsyncEnumerable<ChannelMessage>
{
    // Some seconds of a busy live tail: long enough for a pause, short enough not to fill the memory.
    private const int MaxWaiting = 65_536;

    private readonly Channel<ChannelMessage> queue = System.Threading.Channels.Channel.CreateBounded<ChannelMessage>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleWriter = false }
    );

    private readonly Func<ChannelMessageQueue, Task> unsubscribe;
    private readonly Action<Exception> onHandlerFailed;

    internal ChannelMessageQueue(
        RedisChannel channel,
        Func<ChannelMessageQueue, Task> unsubscribe,
        Action<Exception> onHandlerFailed
    )
    {
        Channel = channel;
        this.unsubscribe = unsubscribe;
        this.onHandlerFailed = onHandlerFailed;
    }

    /// <summary>The channel or pattern that was subscribed to.</summary>
    public RedisChannel Channel { get; }

    /// <summary>Ends when the subscription has, and everything is read.</summary>
    public Task Completion => queue.Reader.Completion;

    /// <exception cref="ChannelClosedException">The subscription has ended.</exception>
    public ValueTask<ChannelMessage> ReadAsync(CancellationToken cancellationToken = default) =>
        queue.Reader.ReadAsync(cancellationToken);

    public bool TryRead(out ChannelMessage item) => queue.Reader.TryRead(out item);

    /// <summary>
    /// Calls the handler for each message, one at a time. What it throws is reported and the next message follows.
    /// </summary>
    public void OnMessage(Action<ChannelMessage> handler) =>
        OnMessage(message =>
        {
            handler(message);
            return Task.CompletedTask;
        });

    /// <inheritdoc cref="OnMessage(Action{ChannelMessage})"/>
    public void OnMessage(Func<ChannelMessage, Task> handler) => _ = Task.Run(() => HandleAllAsync(handler));

    public Task UnsubscribeAsync(CommandFlags flags = CommandFlags.None) => unsubscribe(this);

    public IAsyncEnumerator<ChannelMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        queue.Reader.ReadAllAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);

    public override string? ToString() => (string?)Channel;

    internal Delegate? Handler { get; init; }

    internal void Add(ChannelMessage message) => queue.Writer.TryWrite(message);

    internal void Complete() => queue.Writer.TryComplete();

    private async Task HandleAllAsync(Func<ChannelMessage, Task> handler)
    {
        await foreach (var message in queue.Reader.ReadAllAsync())
        {
            try
            {
                await handler(message);
            }
            catch (Exception error)
            {
                onHandlerFailed(error);
            }
        }
    }
}
