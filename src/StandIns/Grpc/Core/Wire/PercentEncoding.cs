using System.Buffers;
using System.Text;

namespace Grpc.Core.Wire;

/// <summary>
/// <c>grpc-message</c>: UTF-8 in which every byte but printable ASCII, and the percent sign itself, is written
/// <c>%XX</c>.
/// </summary>
internal static class PercentEncoding
{
    private static readonly SearchValues<char> Verbatim = SearchValues.Create([
        .. Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code).Where(character => character != '%'),
    ]);

    public static string Encode(string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(Verbatim))
        {
            return text;
        }

        var encoded = new StringBuilder(text.Length + 16);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            if (octet is >= (byte)' ' and <= (byte)'~' and not (byte)'%')
            {
                encoded.Append((char)octet);
            }
            else
            {
                encoded.Append('%').Append(octet.ToString("X2"));
            }
        }

        return encoded.ToString();
    }

    /// <summary>Never fails: a peer's malformed escape is shown as it came rather than lost.</summary>
    public static string Decode(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = 0;
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            if (IsEscape(rest))
            {
                bytes[length++] = (byte)((HexValue(rest[1]) << 4) | HexValue(rest[2]));
                rest = rest[3..];
                continue;
            }

            // Up to the next percent sign at once, so that surrogate pairs stay together.
            var next = rest[1..].IndexOf('%') + 1;
            var run = next == 0 ? rest : rest[..next];
            length += Encoding.UTF8.GetBytes(run, bytes.AsSpan(length));
            rest = rest[run.Length..];
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private static bool IsEscape(ReadOnlySpan<char> text) =>
        text.Length >= 3 && text[0] == '%' && char.IsAsciiHexDigit(text[1]) && char.IsAsciiHexDigit(text[2]);

    private static int HexValue(char digit) => char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
