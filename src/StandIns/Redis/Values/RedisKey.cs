namespace StackExchange.Redis;

/// <summary>The name of a key: text (UTF-8) or bytes.</summary>
public readonly struct RedisKey : IEquatable<RedisKey>
{
    private readonly RedisValue name;

    private RedisKey(RedisValue name) => this.name = name;

    public RedisKey(string? key)
        : this((RedisValue)key) { }

    /// <summary>This key's name, then the other's.</summary>
    public RedisKey Append(RedisKey suffix)
    {
        var joined = new byte[name.GetByteCount() + suffix.name.GetByteCount()];
        var length = name.CopyTo(joined);
        suffix.name.CopyTo(joined.AsSpan(length));
        return joined;
    }

    /// <summary>The other key's name, then this one's.</summary>
    public RedisKey Prepend(RedisKey prefix) => prefix.Append(this);

    public bool Equals(RedisKey other) => name.Equals(other.name);

    public override bool Equals(object? obj) => obj is RedisKey other && Equals(other);

    public override int GetHashCode() => name.GetHashCode();

    public override string ToString() => (string?)name ?? "(null)";

    public static bool operator ==(RedisKey x, RedisKey y) => x.Equals(y);

    public static bool operator !=(RedisKey x, RedisKey y) => !x.Equals(y);

    public static implicit operator RedisKey(string? key) => new((RedisValue)key);

    public static implicit operator RedisKey(byte[]? key) => new((RedisValue)key);

    public static implicit operator string?(RedisKey key) => key.name;

    public static implicit operator byte[]?(RedisKey key) => key.name;

    /// <summary>The name as it is sent.</summary>
    /// <exception cref="ArgumentException">The key has no name.</exception>
    internal RedisValue ToArgument() => name.IsNull ? throw new ArgumentException("A key needs a name.") : name;
}
