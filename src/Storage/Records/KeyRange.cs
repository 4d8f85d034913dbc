namespace Dendrite.Storage.Records;

/// <summary>A half-open range of keys in byte order.</summary>
/// <param name="From">The first key; null begins with the first of all.</param>
/// <param name="To">The first key after the range; null goes to the last of all.</param>
public readonly record struct KeyRange(ReadOnlyMemory<byte>? From, ReadOnlyMemory<byte>? To)
{
    /// <summary>Every key.</summary>
    public static KeyRange All => default;

    /// <summary>The keys that begin with these bytes.</summary>
    public static KeyRange Prefix(ReadOnlyMemory<byte> prefix)
    {
        // The next sequence of the same length or less: the last byte that can grow does, those behind it go.
        var last = prefix.Span.LastIndexOfAnyExcept(byte.MaxValue);
        if (last < 0)
        {
            return new(prefix, null);
        }

        var next = prefix[..(last + 1)].ToArray();
        next[last]++;
        return new(prefix, next);
    }

    /// <summary>What of the range comes after a key: for the next page.</summary>
    public KeyRange After(ReadOnlyMemory<byte> key)
    {
        // The smallest key above it.
        byte[] next = [.. key.Span, 0];
        return From is { } from && from.Span.SequenceCompareTo(next) > 0 ? this : this with { From = next };
    }
}
