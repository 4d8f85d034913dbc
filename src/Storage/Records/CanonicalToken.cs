using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace Dendrite.Storage.Records;

/// <summary>The scalars of <see cref="CanonicalJson"/>.</summary>
internal static class CanonicalToken
{
    public static ReadOnlySpan<byte> Literal(JsonValueKind kind) =>
        kind switch
        {
            JsonValueKind.True => "t"u8,
            JsonValueKind.False => "f"u8,
            _ => "n"u8,
        };

    /// <summary>The length leads, so that no two strings run together.</summary>
    public static void WriteString(ReadOnlySpan<byte> utf8, ArrayBufferWriter<byte> output)
    {
        output.Write("\""u8);
        WriteInteger(utf8.Length, output);
        output.Write(":"u8);
        output.Write(utf8);
    }

    /// <summary>A number in any of JSON's spellings.</summary>
    public static void WriteNumber(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> output)
    {
        output.Write("#"u8);
        var negative = text[0] == '-';
        var mantissa = negative ? text[1..] : text;
        BigInteger exponent = 0;
        if (mantissa.IndexOfAny("eE"u8) is var e and >= 0)
        {
            exponent = BigInteger.Parse(Encoding.ASCII.GetString(mantissa[(e + 1)..]), CultureInfo.InvariantCulture);
            mantissa = mantissa[..e];
        }

        var point = mantissa.IndexOf((byte)'.');
        var fraction = point < 0 ? [] : mantissa[(point + 1)..];
        var whole = point < 0 ? mantissa : mantissa[..point];
        byte[] joined = [];
        ReadOnlySpan<byte> digits = fraction.IsEmpty ? whole : joined = [.. whole, .. fraction];
        exponent -= fraction.Length;

        var trimmed = digits.TrimEnd((byte)'0');
        exponent += digits.Length - trimmed.Length;
        trimmed = trimmed.TrimStart((byte)'0');
        if (!trimmed.IsEmpty)
        {
            output.Write(negative ? "-"u8 : ""u8);
            output.Write(trimmed);
            output.Write("e"u8);
            WriteExponent(exponent, output);
        }

        output.Write(";"u8);
    }

    private static void WriteExponent(BigInteger exponent, ArrayBufferWriter<byte> output)
    {
        if (exponent >= int.MinValue && exponent <= int.MaxValue)
        {
            WriteInteger((int)exponent, output);
            return;
        }

        // No database keeps such a number; its form is still one.
        output.Write(Encoding.ASCII.GetBytes(exponent.ToString(CultureInfo.InvariantCulture)));
    }

    private static void WriteInteger(int value, ArrayBufferWriter<byte> output)
    {
        const int LongestInt32 = 11;
        Utf8Formatter.TryFormat(value, output.GetSpan(LongestInt32), out var written);
        output.Advance(written);
    }
}
