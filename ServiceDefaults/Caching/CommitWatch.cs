using StackExchange.Redis;

namespace Dendrite.ServiceDefaults.Caching;

/// <summary>
/// One who is told of a branch's changes, until it is disposed. Whatever becomes of Redis, nothing here takes longer
/// than a quarter of a second. For one caller at a time.
/// </summary>
public sealed class CommitWatch : IAsyncDisposable
{
    /// <summary>How long Redis may take to confirm before it is not waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly CommitNotices notices;
    private readonly IConnectionMultiplexer connection;
    private readonly ISubscriber redis;
    private readonly string[] keys;
    private readonly Action changed;
    private readonly Action<RedisChannel, RedisValue> heard;
    private Task? subscribing;
    private volatile bool isListening;
    private volatile bool isDisposed;

    internal CommitWatch(CommitNotices notices, IConnectionMultiplexer redis, string[] keys, Action changed)
    {
        (this.notices, this.keys, this.changed) = (notices, keys, changed);
        (connection, this.redis) = (redis, redis.GetSubscriber());
        heard = (_, _) => changed();
        redis.ConnectionFailed += OnConnectionChanged;
        redis.ConnectionRestored += OnConnectionChanged;
    }

    /// <summary>Whether Redis tells of what other processes write, as far as can be known.</summary>
    public bool HearsOthers => isListening && IsConnected;

    private bool IsConnected => redis.IsConnected(RedisChannel.Literal(keys[0]));

    /// <summary>
    /// Listens to Redis, unless it does already or Redis is away: then it may be asked again later. A Redis that is
    /// slow to confirm is not waited for: that it has, is told like a change.
    /// </summary>
    public async Task ListenAsync()
    {
        if (isListening || subscribing is { IsCompleted: false } || !IsConnected)
        {
            return;
        }

        var attempt = subscribing = SubscribeAsync();
        await attempt.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!attempt.IsCompleted)
        {
            _ = TellLaterAsync(attempt);
        }
    }

    public async ValueTask DisposeAsync()
    {
        isDisposed = true;
        connection.ConnectionFailed -= OnConnectionChanged;
        connection.ConnectionRestored -= OnConnectionChanged;
        notices.Forget(keys, changed);
        await StopListeningAsync();
    }

    /// <summary>
    /// Who waits for a notice is to learn that none can be trusted to come, or that they can be listened to again.
    /// </summary>
    private void OnConnectionChanged(object? sender, ConnectionFailedEventArgs change) => changed();

    private async Task SubscribeAsync()
    {
        try
        {
            await Task.WhenAll(keys.Select(key => redis.SubscribeAsync(RedisChannel.Literal(key), heard)));
            isListening = true;
        }
        catch (Exception error) when (IsAway(error))
        {
            // What was subscribed to before the failure is not, so that nobody is told twice as often later.
            await StopListeningAsync();
        }

        if (isDisposed)
        {
            await StopListeningAsync();
        }
    }

    /// <summary>What was committed between the look and the listening was not told of.</summary>
    private async Task TellLaterAsync(Task attempt)
    {
        await attempt.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        changed();
    }

    /// <summary>Nobody waits for Redis to know: who is gone hears nothing in any case.</summary>
    private async Task StopListeningAsync()
    {
        isListening = false;
        try
        {
            await Task.WhenAll(
                keys.Select(key => redis.UnsubscribeAsync(RedisChannel.Literal(key), heard, CommandFlags.FireAndForget))
            );
        }
        catch (Exception error) when (IsAway(error))
        {
            // A connection that is gone listens to nothing.
        }
    }

    private static bool IsAway(Exception error) =>
        error is RedisException or TimeoutException or ObjectDisposedException;
}
