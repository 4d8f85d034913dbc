using System.Text;

namespace StackExchange.Redis;

/// <summary>
/// A channel of publish and subscribe: one name, or a pattern over names. A pattern cannot be published to.
/// </summary>
public readonly struct RedisChannel : IEquatable<RedisChannel>
{
    private readonly byte[]? name;

    private RedisChannel(byte[]? name, bool isPattern)
    {
        this.name = name;
        IsPattern = isPattern;
    }

    /// <summary>Whether <c>*</c>, <c>?</c> and <c>[…]</c> in the name stand for other characters.</summary>
    public bool IsPattern { get; }

    public bool IsNullOrEmpty => name is null || name.Length == 0;

    public static RedisChannel Literal(string value) => new(Encoding.UTF8.GetBytes(value), isPattern: false);

    public static RedisChannel Literal(byte[] value) => new(value, isPattern: false);

    public static RedisChannel Pattern(string value) => new(Encoding.UTF8.GetBytes(value), isPattern: true);

    public static RedisChannel Pattern(byte[] value) => new(value, isPattern: true);

    public bool Equals(RedisChannel other) =>
        IsPattern == other.IsPattern && name.AsSpan().SequenceEqual(other.name.AsSpan());

    public override bool Equals(object? obj) => obj is RedisChannel other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(name);
        return hash.ToHashCode();
    }

    public override string ToString() => (string?)this ?? "(null)";

    public static bool operator ==(RedisChannel x, RedisChannel y) => x.Equals(y);

    public static bool operator !=(RedisChannel x, RedisChannel y) => !x.Equals(y);

    public static implicit operator string?(RedisChannel key) =>
        key.name is null ? null : Encoding.UTF8.GetString(key.name);

    public static implicit operator byte[]?(RedisChannel key) => key.name;

    /// <summary>The name as it is sent.</summary>
    /// <exception cref="ArgumentException">The channel has no name.</exception>
    internal RedisValue ToArgument() =>
        IsNullOrEmpty ? throw new ArgumentException("A channel needs a name.") : (RedisValue)name;
}
