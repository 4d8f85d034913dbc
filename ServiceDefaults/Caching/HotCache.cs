using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Dendrite.ServiceDefaults.Caching;

/// <summary>
/// What is read on every call, kept in Redis for a short while, and always as good as absent: Redis may be slow, away
/// or empty at any moment, and then the answer is null and the caller asks PostgreSQL. It costs a call a quarter of a
/// second once, and then nothing until Redis is asked again. Safe for concurrent use.
/// </summary>
public sealed partial class HotCache(IConnectionMultiplexer redis, TimeProvider time, ILogger<HotCache> logger)
{
    // Far above a healthy answer, far below what a caller notices.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    // After a failure Redis is left alone for this long: calls must not queue up to learn the same thing.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    // When Redis last failed; 0 while it answers.
    private long failedAt;

    /// <summary>Null where it is not there, or cannot be had.</summary>
    public async Task<byte[]?> FindAsync(string key)
    {
        if (IsResting())
            return null;
        try
        {
            byte[]? value = await redis.GetDatabase().StringGetAsync(key).WaitAsync(Patience, time);
            NoteSuccess();
            return value;
        }
        catch (Exception error) when (IsExpected(error))
        {
            NoteFailure(error);
            return null;
        }
    }

    /// <summary>Keeps a value if Redis takes it. Nobody waits for that.</summary>
    /// <param name="lifetime">At least a millisecond.</param>
    public void Keep(string key, byte[] value, TimeSpan lifetime)
    {
        if (!IsResting())
            _ = TryAsync(() => redis.GetDatabase().StringSetAsync(key, value, lifetime));
    }

    /// <summary>
    /// Forgets what has changed. Where Redis cannot be told, the old value lives on until its lifetime ends: a reader
    /// must be able to bear that.
    /// </summary>
    public Task ForgetAsync(params string[] keys) =>
        TryAsync(() => redis.GetDatabase().KeyDeleteAsync(Array.ConvertAll(keys, key => (RedisKey)key)));

    /// <summary>Runs a script of the project's own; null where Redis did not, or did not say so in time.</summary>
    public async Task<RedisResult?> EvaluateAsync(string script, string[] keys, params RedisValue[] values)
    {
        if (IsResting())
            return null;
        try
        {
            var names = Array.ConvertAll(keys, key => (RedisKey)key);
            var result = await redis.GetDatabase().ScriptEvaluateAsync(script, names, values).WaitAsync(Patience, time);
            NoteSuccess();
            return result;
        }
        catch (Exception error) when (IsExpected(error))
        {
            NoteFailure(error);
            return null;
        }
    }

    private async Task TryAsync<T>(Func<Task<T>> command)
    {
        try
        {
            await command().WaitAsync(Patience, time);
            NoteSuccess();
        }
        catch (Exception error) when (IsExpected(error))
        {
            NoteFailure(error);
        }
    }

    private bool IsResting() =>
        Interlocked.Read(ref failedAt) is not 0 and var failed && time.GetElapsedTime(failed) < Rest;

    private void NoteSuccess()
    {
        if (Interlocked.Exchange(ref failedAt, 0) != 0)
            LogBack(logger);
    }

    private void NoteFailure(Exception error)
    {
        // Said once for each stretch of failures.
        if (Interlocked.Exchange(ref failedAt, Math.Max(time.GetTimestamp(), 1)) == 0)
            LogAway(logger, error.Message);
    }

    private static bool IsExpected(Exception error) =>
        error is RedisException or TimeoutException or ObjectDisposedException;
}
