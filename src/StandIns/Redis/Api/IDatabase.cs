namespace StackExchange.Redis;

/// <summary>
/// The commands on keys that this project uses. Each fails with <see cref="RedisConnectionException"/>,
/// <see cref="RedisTimeoutException"/> or <see cref="RedisServerException"/>.
/// </summary>
public interface IDatabaseAsync : IRedisAsync
{
    Task<bool> KeyDeleteAsync(RedisKey key, CommandFlags flags = CommandFlags.None);

    /// <summary>Returns how many of the keys there were.</summary>
    Task<long> KeyDeleteAsync(RedisKey[] keys, CommandFlags flags = CommandFlags.None);

    Task<bool> KeyExistsAsync(RedisKey key, CommandFlags flags = CommandFlags.None);

    /// <param name="expiry">Counted from now; null makes the key stay.</param>
    Task<bool> KeyExpireAsync(
        RedisKey key,
        TimeSpan? expiry,
        ExpireWhen when = ExpireWhen.Always,
        CommandFlags flags = CommandFlags.None
    );

    /// <summary>Null for a key that stays and for one that does not exist.</summary>
    Task<TimeSpan?> KeyTimeToLiveAsync(RedisKey key, CommandFlags flags = CommandFlags.None);

    Task<RedisValue> StringGetAsync(RedisKey key, CommandFlags flags = CommandFlags.None);

    /// <summary>The values in the order of the keys.</summary>
    Task<RedisValue[]> StringGetAsync(RedisKey[] keys, CommandFlags flags = CommandFlags.None);

    Task<RedisValue> StringGetDeleteAsync(RedisKey key, CommandFlags flags = CommandFlags.None);

    /// <summary>Returns whether the value was set: false where the condition did not hold.</summary>
    Task<bool> StringSetAsync(
        RedisKey key,
        RedisValue value,
        Expiration expiry = default,
        ValueCondition when = default,
        CommandFlags flags = CommandFlags.None
    );

    /// <inheritdoc cref="StringSetAsync(RedisKey, RedisValue, Expiration, ValueCondition, CommandFlags)"/>
    Task<bool> StringSetAsync(RedisKey key, RedisValue value, TimeSpan? expiry, When when);

    /// <inheritdoc cref="StringSetAsync(RedisKey, RedisValue, Expiration, ValueCondition, CommandFlags)"/>
    Task<bool> StringSetAsync(
        RedisKey key,
        RedisValue value,
        TimeSpan? expiry,
        bool keepTtl,
        When when = When.Always,
        CommandFlags flags = CommandFlags.None
    );

    /// <summary>Adds to a number; a key that does not exist counts as 0. Returns the sum.</summary>
    Task<long> StringIncrementAsync(RedisKey key, long value = 1, CommandFlags flags = CommandFlags.None);

    Task<RedisValue> HashGetAsync(RedisKey key, RedisValue hashField, CommandFlags flags = CommandFlags.None);

    /// <summary>The values in the order of the fields.</summary>
    Task<RedisValue[]> HashGetAsync(RedisKey key, RedisValue[] hashFields, CommandFlags flags = CommandFlags.None);

    Task<HashEntry[]> HashGetAllAsync(RedisKey key, CommandFlags flags = CommandFlags.None);

    Task HashSetAsync(RedisKey key, HashEntry[] hashFields, CommandFlags flags = CommandFlags.None);

    /// <summary>Returns whether the field is new.</summary>
    Task<bool> HashSetAsync(
        RedisKey key,
        RedisValue hashField,
        RedisValue value,
        When when = When.Always,
        CommandFlags flags = CommandFlags.None
    );

    Task<bool> HashDeleteAsync(RedisKey key, RedisValue hashField, CommandFlags flags = CommandFlags.None);

    Task<long> HashIncrementAsync(
        RedisKey key,
        RedisValue hashField,
        long value = 1,
        CommandFlags flags = CommandFlags.None
    );

    /// <summary>Returns how many subscribers the server handed the message to.</summary>
    Task<long> PublishAsync(RedisChannel channel, RedisValue message, CommandFlags flags = CommandFlags.None);

    /// <summary>Runs a Lua script by its digest, and sends its text only where the server does not know it.</summary>
    Task<RedisResult> ScriptEvaluateAsync(
        string script,
        RedisKey[]? keys = null,
        RedisValue[]? values = null,
        CommandFlags flags = CommandFlags.None
    );

    /// <summary>Any other command.</summary>
    Task<RedisResult> ExecuteAsync(string command, params object[] args);
}

/// <inheritdoc cref="IDatabaseAsync"/>
public interface IDatabase : IRedis, IDatabaseAsync
{
    /// <summary>The number of the database.</summary>
    int Database { get; }
}
