using System.Collections.Immutable;
using System.Text;
using Dendrite.Records.Cells;

namespace Dendrite.Records.Keys;

/// <summary>
/// The last part of a record's name: the texts of the key's values joined by commas, each percent-encoded (bytes of
/// UTF-8 other than letters, digits and <c>-._~</c>): <c>01-701-1015,3</c>.
/// </summary>
public static class RecordId
{
    /// <summary>Longest id: three characters for each byte of the longest key.</summary>
    public const int MaxLength = 3 * RecordKey.MaxLength;

    private const string HexDigits = "0123456789ABCDEF";

    public static string Format(params ReadOnlySpan<CellValue> key)
    {
        var id = new StringBuilder();
        for (var i = 0; i < key.Length; i++)
        {
            if (i > 0)
            {
                id.Append(',');
            }

            AppendEncoded(id, KeyText(key[i]));
        }

        return id.ToString();
    }

    /// <summary>Reads an id; null where it is none of these types, and then the problem says why.</summary>
    /// <param name="types">Types of the key's columns, in order.</param>
    public static ImmutableArray<CellValue>? Parse(string id, ReadOnlySpan<CellType> types, out string? problem)
    {
        problem = null;
        if (id.Length > MaxLength)
        {
            problem = $"has {id.Length} characters; at most {MaxLength} are allowed";
            return null;
        }

        var parts = id.Split(',');
        if (parts.Length != types.Length)
        {
            problem =
                $"has {parts.Length} {(parts.Length == 1 ? "part" : "parts")} between commas; the key has "
                + $"{types.Length} {(types.Length == 1 ? "column" : "columns")}";
            return null;
        }

        var values = ImmutableArray.CreateBuilder<CellValue>(types.Length);
        for (var i = 0; i < parts.Length; i++)
        {
            if (Decode(parts[i]) is not { } text)
            {
                problem = $"{CellParser.Show(parts[i])} is not percent-encoded UTF-8";
                return null;
            }

            var result = CellParser.Parse(types[i], null, CellInput.OfField(text));
            if (text.Length == 0 || result.Value is null)
            {
                problem = text.Length == 0 ? $"part {i + 1} is empty" : result.Problem;
                return null;
            }

            values.Add(result.Value.Value);
        }

        return values.ToImmutable();
    }

    // 12.5 and 12.50 are one key, so they have one id.
    private static string KeyText(CellValue value) =>
        value.Type == CellType.Decimal ? value.AsDecimal().Normalize().ToString() : value.ToText();

    private static void AppendEncoded(StringBuilder id, string text)
    {
        foreach (var part in Encoding.UTF8.GetBytes(text))
        {
            if (IsPlain((char)part))
            {
                id.Append((char)part);
            }
            else
            {
                id.Append('%').Append(HexDigits[part >> 4]).Append(HexDigits[part & 15]);
            }
        }
    }

    private static string? Decode(string part)
    {
        var bytes = new byte[part.Length];
        var count = 0;
        for (var i = 0; i < part.Length; i++)
        {
            if (part[i] == '%')
            {
                if (i + 2 >= part.Length || !char.IsAsciiHexDigit(part[i + 1]) || !char.IsAsciiHexDigit(part[i + 2]))
                {
                    return null;
                }

                bytes[count++] = Convert.ToByte(part.Substring(i + 1, 2), 16);
                i += 2;
            }
            else if (IsPlain(part[i]))
            {
                bytes[count++] = (byte)part[i];
            }
            else
            {
                return null;
            }
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, count);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static bool IsPlain(char part) => char.IsAsciiLetterOrDigit(part) || part is '-' or '.' or '_' or '~';
}
