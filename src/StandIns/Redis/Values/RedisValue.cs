using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace StackExchange.Redis;

/// <summary>
/// A value that travels to or from Redis: nothing, an integer, text or bytes. Redis itself only knows bytes, so two
/// values are equal when the bytes that they send are equal; text is UTF-8.
/// </summary>
public readonly struct RedisValue : IEquatable<RedisValue>
{
    // The longest decimal form of a long, with its sign.
    private const int MaxIntegerLength = 20;

    private static readonly object IntegerMark = new();

    // null, IntegerMark, string or byte[]/ReadOnlyMemory<byte> (boxed once).
    private readonly object? content;
    private readonly long number;

    private RedisValue(object? content, long number = 0)
    {
        this.content = content;
        this.number = number;
    }

    /// <summary>The absence of a value: a key that does not exist.</summary>
    public static RedisValue Null => default;

    public static RedisValue EmptyString { get; } = new(content: "");

    public bool IsNull => content is null;

    public bool IsInteger => ReferenceEquals(content, IntegerMark);

    public bool IsNullOrEmpty => content is null || GetByteCount() == 0;

    public bool HasValue => !IsNullOrEmpty;

    /// <summary>How many bytes are sent for this value.</summary>
    public int GetByteCount()
    {
        Span<byte> digits = stackalloc byte[MaxIntegerLength];
        return content switch
        {
            null => 0,
            string text => Encoding.UTF8.GetByteCount(text),
            byte[] bytes => bytes.Length,
            ReadOnlyMemory<byte> memory => memory.Length,
            _ => FormatInteger(number, digits),
        };
    }

    /// <summary>
    /// Writes the bytes that are sent. Returns how many; the destination holds at least <see cref="GetByteCount"/>.
    /// </summary>
    public int CopyTo(Span<byte> destination)
    {
        switch (content)
        {
            case null:
                return 0;
            case string text:
                return Encoding.UTF8.GetBytes(text, destination);
            case byte[] bytes:
                bytes.CopyTo(destination);
                return bytes.Length;
            case ReadOnlyMemory<byte> memory:
                memory.Span.CopyTo(destination);
                return memory.Length;
            default:
                return FormatInteger(number, destination);
        }
    }

    /// <summary>Reads a whole number. False for nothing, for text that is not one, and beyond 64 bits.</summary>
    public bool TryParse(out long val)
    {
        if (IsInteger)
        {
            val = number;
            return true;
        }

        if (content is string text)
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out val);

        var bytes = AsMemory().Span;
        return Utf8Parser.TryParse(bytes, out val, out var used) && used == bytes.Length && used > 0;
    }

    /// <summary>Reads a number. False for nothing and for text that is not one.</summary>
    public bool TryParse(out double val)
    {
        if (IsInteger)
        {
            val = number;
            return true;
        }

        return double.TryParse(ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out val);
    }

    public bool Equals(RedisValue other)
    {
        if (IsNull || other.IsNull)
            return IsNull && other.IsNull;
        if (IsInteger && other.IsInteger)
            return number == other.number;
        if (content is string left && other.content is string right)
            return string.Equals(left, right, StringComparison.Ordinal);
        return AsMemory().Span.SequenceEqual(other.AsMemory().Span);
    }

    public override bool Equals(object? obj) => obj is RedisValue other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(AsMemory().Span);
        return hash.ToHashCode();
    }

    public override string ToString() => (string?)this ?? "";

    public static bool operator ==(RedisValue x, RedisValue y) => x.Equals(y);

    public static bool operator !=(RedisValue x, RedisValue y) => !x.Equals(y);

    public static implicit operator RedisValue(string? value) => new(value);

    public static implicit operator RedisValue(byte[]? value) => new(value);

    public static implicit operator RedisValue(ReadOnlyMemory<byte> value) => new((object)value);

    public static implicit operator RedisValue(Memory<byte> value) => new((object)(ReadOnlyMemory<byte>)value);

    public static implicit operator RedisValue(int value) => new(IntegerMark, value);

    public static implicit operator RedisValue(long value) => new(IntegerMark, value);

    public static implicit operator RedisValue(bool value) => new(IntegerMark, value ? 1 : 0);

    public static implicit operator RedisValue(double value) =>
        new(value.ToString("G17", CultureInfo.InvariantCulture));

    public static explicit operator long(RedisValue value) =>
        value.IsNull ? 0
        : value.TryParse(out long parsed) ? parsed
        : throw new InvalidCastException($"The value '{value}' is not a whole number.");

    public static explicit operator int(RedisValue value) => checked((int)(long)value);

    public static explicit operator bool(RedisValue value) =>
        (long)value switch
        {
            0 => false,
            1 => true,
            _ => throw new InvalidCastException($"The value '{value}' is neither 0 nor 1."),
        };

    public static explicit operator double(RedisValue value) =>
        value.IsNull ? 0
        : value.TryParse(out double parsed) ? parsed
        : throw new InvalidCastException($"The value '{value}' is not a number.");

    public static explicit operator long?(RedisValue value) => value.IsNull ? null : (long)value;

    public static implicit operator string?(RedisValue value) =>
        value.content switch
        {
            null => null,
            string text => text,
            _ => Encoding.UTF8.GetString(value.AsMemory().Span),
        };

    public static implicit operator byte[]?(RedisValue value) =>
        value.content switch
        {
            null => null,
            byte[] bytes => bytes,
            _ => value.AsMemory().ToArray(),
        };

    public static implicit operator ReadOnlyMemory<byte>(RedisValue value) => value.AsMemory();

    private ReadOnlyMemory<byte> AsMemory()
    {
        switch (content)
        {
            case byte[] bytes:
                return bytes;
            case ReadOnlyMemory<byte> memory:
                return memory;
            default:
                var copy = new byte[GetByteCount()];
                CopyTo(copy);
                return copy;
        }
    }

    private static int FormatInteger(long number, Span<byte> destination)
    {
        Utf8Formatter.TryFormat(number, destination, out var length);
        return length;
    }
}
