using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis.Connections;
using StackExchange.Redis.Protocol;

namespace StackExchange.Redis;

internal sealed class RedisDatabase(ConnectionMultiplexer multiplexer, int database) : IDatabase
{
    private static readonly ConcurrentDictionary<string, string> ScriptDigests = new(StringComparer.Ordinal);

    public int Database => database;

    public IConnectionMultiplexer Multiplexer => multiplexer;

    public async Task<TimeSpan> PingAsync(CommandFlags flags = CommandFlags.None)
    {
        var start = TimeProvider.System.GetTimestamp();
        await SendAsync("PING", [], flags);
        return TimeProvider.System.GetElapsedTime(start);
    }

    public async Task<bool> KeyDeleteAsync(RedisKey key, CommandFlags flags = CommandFlags.None) =>
        (await SendAsync("DEL", [key.ToArgument()], flags)).Number > 0;

    public async Task<long> KeyDeleteAsync(RedisKey[] keys, CommandFlags flags = CommandFlags.None) =>
        keys.Length == 0 ? 0 : (await SendAsync("DEL", Arguments(keys), flags)).Number;

    public async Task<bool> KeyExistsAsync(RedisKey key, CommandFlags flags = CommandFlags.None) =>
        (await SendAsync("EXISTS", [key.ToArgument()], flags)).Number > 0;

    public async Task<bool> KeyExpireAsync(
        RedisKey key,
        TimeSpan? expiry,
        ExpireWhen when = ExpireWhen.Always,
        CommandFlags flags = CommandFlags.None
    )
    {
        if (expiry is not { } ttl)
            return (await SendAsync("PERSIST", [key.ToArgument()], flags)).Number > 0;
        List<RedisValue> arguments = [key.ToArgument(), (long)ttl.TotalMilliseconds];
        if (Literal(when) is { } condition)
            arguments.Add(condition);
        return (await SendAsync("PEXPIRE", arguments, flags)).Number > 0;
    }

    public async Task<TimeSpan?> KeyTimeToLiveAsync(RedisKey key, CommandFlags flags = CommandFlags.None) =>
        (await SendAsync("PTTL", [key.ToArgument()], flags)).Number is >= 0 and var milliseconds
            ? TimeSpan.FromMilliseconds(milliseconds)
            : null;

    public async Task<RedisValue> StringGetAsync(RedisKey key, CommandFlags flags = CommandFlags.None) =>
        (await SendAsync("GET", [key.ToArgument()], flags)).AsValue();

    public async Task<RedisValue[]> StringGetAsync(RedisKey[] keys, CommandFlags flags = CommandFlags.None) =>
        keys.Length == 0 ? [] : (await SendAsync("MGET", Arguments(keys), flags)).AsValues();

    public async Task<RedisValue> StringGetDeleteAsync(RedisKey key, CommandFlags flags = CommandFlags.None) =>
        (await SendAsync("GETDEL", [key.ToArgument()], flags)).AsValue();

    public async Task<bool> StringSetAsync(
        RedisKey key,
        RedisValue value,
        Expiration expiry = default,
        ValueCondition when = default,
        CommandFlags flags = CommandFlags.None
    )
    {
        // Setting nothing is deleting, as in the official client.
        if (value.IsNull)
            return await KeyDeleteAsync(key, flags);
        List<RedisValue> arguments = [key.ToArgument(), value];
        expiry.AppendTo(arguments);
        when.AppendTo(arguments);
        return (await SendAsync("SET", arguments, flags)).Type is ResultType.SimpleString;
    }

    public Task<bool> StringSetAsync(RedisKey key, RedisValue value, TimeSpan? expiry, When when) =>
        StringSetAsync(key, value, Expiration.Of(expiry, keepTtl: false), when);

    public Task<bool> StringSetAsync(
        RedisKey key,
        RedisValue value,
        TimeSpan? expiry,
        bool keepTtl,
        When when = When.Always,
        CommandFlags flags = CommandFlags.None
    ) => StringSetAsync(key, value, Expiration.Of(expiry, keepTtl), when, flags);

    public async Task<long> StringIncrementAsync(
        RedisKey key,
        long value = 1,
        CommandFlags flags = CommandFlags.None
    ) => (await SendAsync("INCRBY", [key.ToArgument(), value], flags)).Number;

    public async Task<RedisValue> HashGetAsync(
        RedisKey key,
        RedisValue hashField,
        CommandFlags flags = CommandFlags.None
    ) => (await SendAsync("HGET", [key.ToArgument(), hashField], flags)).AsValue();

    public async Task<RedisValue[]> HashGetAsync(
        RedisKey key,
        RedisValue[] hashFields,
        CommandFlags flags = CommandFlags.None
    ) => hashFields.Length == 0 ? [] : (await SendAsync("HMGET", [key.ToArgument(), .. hashFields], flags)).AsValues();

    public async Task<HashEntry[]> HashGetAllAsync(RedisKey key, CommandFlags flags = CommandFlags.None)
    {
        var fields = (await SendAsync("HGETALL", [key.ToArgument()], flags)).AsValues();
        var entries = new HashEntry[fields.Length / 2];
        for (var i = 0; i < entries.Length; i++)
            entries[i] = new HashEntry(fields[2 * i], fields[(2 * i) + 1]);
        return entries;
    }

    public async Task HashSetAsync(RedisKey key, HashEntry[] hashFields, CommandFlags flags = CommandFlags.None)
    {
        if (hashFields.Length == 0)
            return;
        List<RedisValue> arguments = [key.ToArgument()];
        foreach (var field in hashFields)
            arguments.AddRange([field.Name, field.Value]);
        await SendAsync("HSET", arguments, flags);
    }

    public async Task<bool> HashSetAsync(
        RedisKey key,
        RedisValue hashField,
        RedisValue value,
        When when = When.Always,
        CommandFlags flags = CommandFlags.None
    )
    {
        var name = when switch
        {
            When.Always => "HSET",
            When.NotExists => "HSETNX",
            _ => throw new ArgumentException("A field of a hash can be set always or when it does not exist."),
        };
        return (await SendAsync(name, [key.ToArgument(), hashField, value], flags)).Number > 0;
    }

    public async Task<bool> HashDeleteAsync(
        RedisKey key,
        RedisValue hashField,
        CommandFlags flags = CommandFlags.None
    ) => (await SendAsync("HDEL", [key.ToArgument(), hashField], flags)).Number > 0;

    public async Task<long> HashIncrementAsync(
        RedisKey key,
        RedisValue hashField,
        long value = 1,
        CommandFlags flags = CommandFlags.None
    ) => (await SendAsync("HINCRBY", [key.ToArgument(), hashField, value], flags)).Number;

    public async Task<long> PublishAsync(
        RedisChannel channel,
        RedisValue message,
        CommandFlags flags = CommandFlags.None
    )
    {
        if (channel.IsPattern)
            throw new ArgumentException("A pattern cannot be published to.", nameof(channel));
        return (await SendAsync("PUBLISH", [channel.ToArgument(), message], flags)).Number;
    }

    public async Task<RedisResult> ScriptEvaluateAsync(
        string script,
        RedisKey[]? keys = null,
        RedisValue[]? values = null,
        CommandFlags flags = CommandFlags.None
    )
    {
        RedisValue[] arguments = [keys?.Length ?? 0, .. Arguments(keys ?? []), .. values ?? []];
        try
        {
            return (
                await SendAsync("EVALSHA", [ScriptDigests.GetOrAdd(script, Digest), .. arguments], flags)
            ).AsResult();
        }
        catch (RedisServerException unknown) when (unknown.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return (await SendAsync("EVAL", [script, .. arguments], flags)).AsResult();
        }
    }

    public async Task<RedisResult> ExecuteAsync(string command, params object[] args)
    {
        var arguments = Array.ConvertAll(args, ToValue);
        if (!multiplexer.AllowsAdmin && AdminCommands.Include(command, arguments))
            throw new RedisCommandException(
                $"This operation is not available unless admin mode is enabled: {command.ToUpperInvariant()}"
            );
        return (await SendAsync(command, arguments, CommandFlags.None)).AsResult();
    }

    private async Task<Reply> SendAsync(string name, IReadOnlyList<RedisValue> arguments, CommandFlags flags)
    {
        var reply = multiplexer.SendAsync(new Command(name, arguments, database));
        if (!flags.HasFlag(CommandFlags.FireAndForget))
            return await reply;
        reply.Forget();
        return Reply.Null;
    }

    private static RedisValue[] Arguments(RedisKey[] keys) => Array.ConvertAll(keys, key => key.ToArgument());

    private static RedisValue ToValue(object argument) =>
        argument switch
        {
            RedisValue value => value,
            RedisKey key => key.ToArgument(),
            RedisChannel channel => channel.ToArgument(),
            string text => text,
            byte[] bytes => bytes,
            int number => number,
            long number => number,
            double number => number,
            bool flag => flag,
            _ => throw new InvalidCastException($"A {argument.GetType()} cannot be an argument of a command."),
        };

    private static string? Literal(ExpireWhen when) =>
        when switch
        {
            ExpireWhen.GreaterThanCurrentExpiry => "GT",
            ExpireWhen.LessThanCurrentExpiry => "LT",
            ExpireWhen.HasExpiry => "XX",
            ExpireWhen.HasNoExpiry => "NX",
            _ => null,
        };

    // Redis names scripts by their SHA-1; nothing is secured by it.
    [SuppressMessage("Security", "CA5350", Justification = "The protocol's own name for a script.")]
    private static string Digest(string script) =>
        Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(script)));
}
