namespace StackExchange.Redis;

/// <summary>One field of a hash with its value.</summary>
public readonly struct HashEntry(RedisValue name, RedisValue value) : IEquatable<HashEntry>
{
    public RedisValue Name => name;

    public RedisValue Value => value;

    public bool Equals(HashEntry other) => name == other.Name && value == other.Value;

    public override bool Equals(object? obj) => obj is HashEntry other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(name, value);

    public override string ToString() => $"{name}: {value}";

    public static bool operator ==(HashEntry x, HashEntry y) => x.Equals(y);

    public static bool operator !=(HashEntry x, HashEntry y) => !x.Equals(y);
}
