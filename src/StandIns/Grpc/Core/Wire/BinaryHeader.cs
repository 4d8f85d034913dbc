namespace Grpc.Core.Wire;

/// <summary>Values of <c>-bin</c> headers: base64, with or without padding, several joined by commas.</summary>
internal static class BinaryHeader
{
    /// <summary>Without padding, as the specification asks of senders.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    /// <summary>Adds one entry for each value in <paramref name="text"/>.</summary>
    /// <exception cref="FormatException">A value is not base64.</exception>
    public static void AddTo(Metadata metadata, string key, string text)
    {
        var rest = text.AsSpan();
        while (true)
        {
            var comma = rest.IndexOf(',');
            var value = comma < 0 ? rest : rest[..comma];
            metadata.Add(Metadata.Entry.FromWire(key, Decode(value.Trim(' '))));
            if (comma < 0)
            {
                return;
            }

            rest = rest[(comma + 1)..];
        }
    }

    private static byte[] Decode(ReadOnlySpan<char> value)
    {
        var unpadded = value.TrimEnd('=');
        var paddedLength = (unpadded.Length + 3) / 4 * 4;
        var padded = paddedLength <= 512 ? stackalloc char[paddedLength] : new char[paddedLength];
        unpadded.CopyTo(padded);
        padded[unpadded.Length..].Fill('=');
        var bytes = new byte[paddedLength / 4 * 3];
        if (!Convert.TryFromBase64Chars(padded, bytes, out var length))
        {
            throw new FormatException("A binary header is not base64.");
        }

        return length == bytes.Length ? bytes : bytes[..length];
    }
}
