using System.Collections.Concurrent;
using System.Collections.Immutable;
using Dendrite.Storage;
using Dendrite.Versioning;
using StackExchange.Redis;

namespace Dendrite.ServiceDefaults.Caching;

/// <summary>
/// Tells who follows a branch that it may have changed: of writes of this process at once, of those of others through
/// Redis, whose message goes out with the one that <see cref="HotWrites"/> sends for each commit anyway. It is a hint
/// and no more: a notice may come twice, late or never, and says nothing but <em>look</em>. Thread-safe.
/// </summary>
public sealed class CommitNotices(IConnectionMultiplexer redis)
{
    private readonly ConcurrentDictionary<string, ImmutableList<Action>> watchers = new(StringComparer.Ordinal);

    /// <summary>Calls whenever a commit may have come to the timeline, or the branch's name lead elsewhere.</summary>
    /// <param name="changed">Called on a writer's thread: must not block.</param>
    public CommitWatch Watch(ProjectId project, string branch, TimelineId timeline, Action changed)
    {
        string[] keys =
        [
            HotKeys.LineGeneration(project, timeline),
            HotKeys.NameGeneration(project, $"branches/{branch}"),
        ];
        foreach (var key in keys)
        {
            watchers.AddOrUpdate(key, _ => [changed], (_, others) => others.Add(changed));
        }

        return new(this, redis, keys, changed);
    }

    /// <summary>Tells those of this process.</summary>
    internal void Tell(IEnumerable<string> keys)
    {
        foreach (var key in keys)
        {
            foreach (var changed in watchers.GetValueOrDefault(key) ?? [])
            {
                changed();
            }
        }
    }

    internal void Forget(IEnumerable<string> keys, Action changed)
    {
        foreach (var key in keys)
        {
            var left = watchers.AddOrUpdate(key, _ => [], (_, all) => all.Remove(changed));
            if (left.IsEmpty)
            {
                watchers.TryRemove(new(key, left));
            }
        }
    }
}

/// <summary>One who is told of a branch's changes, until it is disposed. For one caller at a time.</summary>
public sealed class CommitWatch : IAsyncDisposable
{
    private readonly CommitNotices notices;
    private readonly IConnectionMultiplexer connection;
    private readonly ISubscriber redis;
    private readonly string[] keys;
    private readonly Action changed;
    private readonly Action<RedisChannel, RedisValue> heard;
    private bool listening;

    internal CommitWatch(CommitNotices notices, IConnectionMultiplexer redis, string[] keys, Action changed)
    {
        (this.notices, this.keys, this.changed) = (notices, keys, changed);
        (connection, this.redis) = (redis, redis.GetSubscriber());
        heard = (_, _) => changed();
        redis.ConnectionFailed += OnConnectionFailed;
    }

    /// <summary>Whether Redis tells of what other processes write, as far as can be known.</summary>
    public bool HearsOthers => listening && redis.IsConnected(RedisChannel.Literal(keys[0]));

    /// <summary>
    /// Listens to Redis, unless it does already or Redis does not let it: then it may be asked again later.
    /// </summary>
    public async Task ListenAsync()
    {
        if (listening)
        {
            return;
        }

        try
        {
            await Task.WhenAll(keys.Select(key => redis.SubscribeAsync(RedisChannel.Literal(key), heard)));
            listening = true;
        }
        catch (Exception error) when (IsAway(error))
        {
            // What was subscribed to before the failure is not, so that nobody is told twice as often later.
            await StopListeningAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        connection.ConnectionFailed -= OnConnectionFailed;
        notices.Forget(keys, changed);
        await StopListeningAsync();
        listening = false;
    }

    /// <summary>Who waits for a notice is to learn that none can be trusted to come.</summary>
    private void OnConnectionFailed(object? sender, ConnectionFailedEventArgs failure) => changed();

    private async Task StopListeningAsync()
    {
        try
        {
            await Task.WhenAll(keys.Select(key => redis.UnsubscribeAsync(RedisChannel.Literal(key), heard)));
        }
        catch (Exception error) when (IsAway(error))
        {
            // A connection that is gone listens to nothing.
        }
    }

    private static bool IsAway(Exception error) =>
        error is RedisException or TimeoutException or ObjectDisposedException;
}
