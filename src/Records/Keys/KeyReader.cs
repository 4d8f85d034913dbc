using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using Dendrite.Records.Cells;

namespace Dendrite.Records.Keys;

/// <summary>
/// Reads what <see cref="KeyWriter"/> writes and refuses everything else: a second spelling of a key would be a second
/// record with the same values.
/// </summary>
internal ref struct KeyReader(ReadOnlySpan<byte> key)
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    private static readonly long MinTimestamp = MicrosecondsOf(DateTime.MinValue);
    private static readonly long MaxTimestamp = MicrosecondsOf(DateTime.MaxValue);

    private ReadOnlySpan<byte> rest = key;

    public readonly bool IsAtEnd => rest.IsEmpty;

    /// <summary>The next value; null where none of the type stands here.</summary>
    public CellValue? TryRead(CellType type)
    {
        switch (type)
        {
            case CellType.Text or CellType.Enum:
                return Text() is { } text
                    ? (type == CellType.Text ? CellValue.OfText(text) : CellValue.OfEnum(text))
                    : null;
            case CellType.Integer:
                return UInt64() is { } integer ? CellValue.OfInteger((long)(integer ^ KeyWriter.SignBit)) : null;
            case CellType.Timestamp:
                return
                    UInt64() is { } bits
                    && (long)(bits ^ KeyWriter.SignBit) is var instant
                    && instant >= MinTimestamp
                    && instant <= MaxTimestamp
                    ? CellValue.OfTimestamp(instant)
                    : null;
            case CellType.Double:
                return UInt64() is { } ordered ? Double(ordered) : null;
            case CellType.Boolean:
                return Take(1) is [var flag and <= 1] ? CellValue.OfBoolean(flag == 1) : null;
            case CellType.Date:
                return
                    Take(sizeof(int)) is { Length: sizeof(int) } days
                    && BinaryPrimitives.ReadInt32BigEndian(days) is var day and >= 0
                    && day <= DateOnly.MaxValue.DayNumber
                    ? CellValue.OfDate(DateOnly.FromDayNumber(day))
                    : null;
            case CellType.Uuid:
                return Take(16) is { Length: 16 } uuid ? CellValue.OfUuid(new Guid(uuid, bigEndian: true)) : null;
            case CellType.Decimal:
                return Decimal();
            default:
                return null;
        }
    }

    private static long MicrosecondsOf(DateTime time) =>
        (time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    private ReadOnlySpan<byte> Take(int count)
    {
        if (rest.Length < count)
        {
            return default;
        }

        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    private string? Text()
    {
        var end = rest.IndexOf((byte)0);
        if (end < 0)
        {
            return null;
        }

        try
        {
            var text = Utf8.GetString(rest[..end]);
            rest = rest[(end + 1)..];
            return text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private ulong? UInt64() =>
        Take(sizeof(ulong)) is { Length: sizeof(ulong) } bytes ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : null;

    private static CellValue? Double(ulong ordered)
    {
        if (ordered == ulong.MaxValue)
        {
            return CellValue.OfDouble(double.NaN);
        }

        var bits = (ordered & KeyWriter.SignBit) != 0 ? ordered ^ KeyWriter.SignBit : ~ordered;
        var value = BitConverter.UInt64BitsToDouble(bits);
        // Of NaN there is one spelling, and no negative zero.
        return double.IsNaN(value) || bits == KeyWriter.SignBit ? null : CellValue.OfDouble(value);
    }

    private CellValue? Decimal()
    {
        if (Take(1) is not [var head])
        {
            return null;
        }

        if (head == KeyWriter.Zero)
        {
            return CellValue.OfDecimal(ExactDecimal.FromInteger(0));
        }

        var mask = head == KeyWriter.Positive ? (byte)0 : (byte)0xff;
        if ((head ^ mask) != KeyWriter.Positive || Take(2) is not [var high, var low])
        {
            return null;
        }

        var exponent = (((high ^ mask) << 8) | (low ^ mask)) - KeyWriter.ExponentBias;
        var end = rest.IndexOf(mask);
        if (end <= 0 || end > ExactDecimal.MaxDigits || Digits(rest[..end], mask) is not { } digits)
        {
            return null;
        }

        rest = rest[(end + 1)..];
        return Number(digits, exponent) is { } number
            ? CellValue.OfDecimal(mask == 0 ? number : Negative(number))
            : null;
    }

    private static string? Digits(ReadOnlySpan<byte> pairs, byte mask)
    {
        var digits = new StringBuilder(2 * pairs.Length);
        foreach (var pair in pairs)
        {
            var value = (pair ^ mask) - 1;
            if (value > 99)
            {
                return null;
            }

            digits.Append(value.ToString("00", CultureInfo.InvariantCulture));
        }

        // Zeros at either end would be another spelling; one may fill the last pair.
        var isCanonical = digits[0] != '0' && (pairs[^1] ^ mask) != 1;
        return isCanonical ? digits.ToString().TrimEnd('0') : null;
    }

    private static ExactDecimal? Number(string digits, int exponent)
    {
        if (Math.Abs(exponent) > ExactDecimal.MaxDigits || digits.Length - exponent > ExactDecimal.MaxDigits)
        {
            return null;
        }

        var unscaled = BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        var scale = digits.Length - exponent;
        return ExactDecimal.FromParts(unscaled * BigInteger.Pow(10, Math.Max(0, -scale)), Math.Max(0, scale));
    }

    private static ExactDecimal Negative(ExactDecimal value) =>
        ExactDecimal.TryParse($"-{value}", out var negative) ? negative : value;
}
