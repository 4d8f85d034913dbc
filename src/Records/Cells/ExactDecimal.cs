using System.Globalization;
using System.Numerics;

namespace Dendrite.Records.Cells;

/// <summary>
/// A decimal number, exactly as written: <c>12.50</c> keeps its last zero and equals <c>12.5</c>.
/// </summary>
/// <remarks><see cref="decimal"/> has 28 digits, which laboratories exceed; this has a thousand.</remarks>
public readonly struct ExactDecimal : IEquatable<ExactDecimal>, IComparable<ExactDecimal>
{
    /// <summary>
    /// Most digits before and after the point together, without zeros in front: beyond any measurement, and cheap to
    /// compare. The zero that stands alone before a point is no digit, so what is written out can be read again.
    /// </summary>
    public const int MaxDigits = 1_000;

    /// <summary>So many digits are always within 64 bits.</summary>
    private const int MaxLongDigits = 18;

    private readonly BigInteger unscaled;
    private readonly int scale;

    private ExactDecimal(BigInteger unscaled, int scale) => (this.unscaled, this.scale) = (unscaled, scale);

    /// <summary>Digits after the point.</summary>
    public int Scale => scale;

    /// <summary>Bytes of its digits in memory, somewhat less than one for two of them.</summary>
    public int DigitBytes => unscaled.GetByteCount();

    /// <summary>-1, 0 or 1.</summary>
    public int Sign => unscaled.Sign;

    public static ExactDecimal FromInteger(long value) => new(value, 0);

    /// <summary>The number <c>unscaled * 10^-scale</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The scale is negative or too large.</exception>
    public static ExactDecimal FromParts(BigInteger unscaled, int scale)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(scale);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scale, MaxDigits);
        return new(unscaled, scale);
    }

    /// <summary>
    /// Reads an optional sign, digits, optionally a point with digits, optionally an exponent; false for anything else,
    /// and for what would have more than <see cref="MaxDigits"/> digits written out.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ExactDecimal value)
    {
        value = default;
        var exponent = 0;
        var end = text.IndexOfAny('e', 'E');
        // Two bounds keep an exponent such as 1e999999999 from costing anything.
        if (end >= 0 && !TryParseExponent(text[(end + 1)..], out exponent))
        {
            return false;
        }

        var mantissa = end < 0 ? text : text[..end];
        var isNegative = mantissa is ['-', ..];
        var digits = mantissa is ['-' or '+', ..] ? mantissa[1..] : mantissa;
        var point = digits.IndexOf('.');
        var whole = point < 0 ? digits : digits[..point];
        var fraction = point < 0 ? default : digits[(point + 1)..];
        if (!IsDigits(whole) || (point >= 0 && !IsDigits(fraction)))
        {
            return false;
        }

        whole = whole.TrimStart('0');
        if (whole.Length + fraction.Length > MaxDigits)
        {
            return false;
        }

        var scale = fraction.Length - exponent;
        var significant = ReadDigits(whole, fraction);
        var zeros = significant.IsZero ? 0 : Math.Max(0, -scale);
        if (scale > MaxDigits || whole.Length + fraction.Length + zeros > MaxDigits)
        {
            return false;
        }

        var magnitude = zeros == 0 ? significant : significant * BigInteger.Pow(10, zeros);
        value = new(isNegative ? -magnitude : magnitude, Math.Max(0, scale));
        return true;
    }

    /// <summary>
    /// The same number with exactly this many digits after the point; null where digits would be lost.
    /// </summary>
    public ExactDecimal? WithScale(int digits)
    {
        if (digits == scale)
        {
            return this;
        }

        if (digits > scale)
        {
            return new(unscaled * BigInteger.Pow(10, digits - scale), digits);
        }

        var shortened = BigInteger.DivRem(unscaled, BigInteger.Pow(10, scale - digits), out var lost);
        return lost.IsZero ? new(shortened, digits) : null;
    }

    /// <summary>The same number without zeros at the end of its fraction.</summary>
    public ExactDecimal Normalize()
    {
        var (shortest, digits) = (unscaled, scale);
        while (digits > 0)
        {
            var tenth = BigInteger.DivRem(shortest, 10, out var last);
            if (!last.IsZero)
            {
                break;
            }

            (shortest, digits) = (tenth, digits - 1);
        }

        return new(shortest, digits);
    }

    /// <summary>
    /// Its significant digits without zeros at either end, and the exponent that makes it
    /// <c>0.DIGITS * 10^exponent</c>; empty for zero. The sign is left out.
    /// </summary>
    public (string Digits, int Exponent) Significand()
    {
        if (unscaled.IsZero)
        {
            return ("", 0);
        }

        var digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture);
        return (digits.TrimEnd('0'), digits.Length - scale);
    }

    public int CompareTo(ExactDecimal other)
    {
        var common = Math.Max(scale, other.scale);
        return (unscaled * BigInteger.Pow(10, common - scale)).CompareTo(
            other.unscaled * BigInteger.Pow(10, common - other.scale)
        );
    }

    public bool Equals(ExactDecimal other) => CompareTo(other) == 0;

    public override bool Equals(object? obj) => obj is ExactDecimal other && Equals(other);

    public override int GetHashCode() =>
        Normalize() is var shortest ? HashCode.Combine(shortest.unscaled, shortest.scale) : 0;

    public static bool operator ==(ExactDecimal left, ExactDecimal right) => left.Equals(right);

    public static bool operator !=(ExactDecimal left, ExactDecimal right) => !left.Equals(right);

    public static bool operator <(ExactDecimal left, ExactDecimal right) => left.CompareTo(right) < 0;

    public static bool operator >(ExactDecimal left, ExactDecimal right) => left.CompareTo(right) > 0;

    public static bool operator <=(ExactDecimal left, ExactDecimal right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ExactDecimal left, ExactDecimal right) => left.CompareTo(right) >= 0;

    /// <summary>All its digits, without an exponent: <c>-12.50</c>.</summary>
    public override string ToString()
    {
        var digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        var sign = unscaled.Sign < 0 ? "-" : "";
        return scale == 0 ? sign + digits : $"{sign}{digits.AsSpan()[..^scale]}.{digits.AsSpan()[^scale..]}";
    }

    private static BigInteger ReadDigits(ReadOnlySpan<char> whole, ReadOnlySpan<char> fraction)
    {
        if (whole.Length + fraction.Length > MaxLongDigits)
        {
            return BigInteger.Parse($"0{whole}{fraction}", NumberStyles.None, CultureInfo.InvariantCulture);
        }

        var value = 0L;
        foreach (var digit in whole)
        {
            value = (value * 10) + (digit - '0');
        }

        foreach (var digit in fraction)
        {
            value = (value * 10) + (digit - '0');
        }

        return value;
    }

    private static bool TryParseExponent(ReadOnlySpan<char> text, out int exponent) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)
        && Math.Abs((long)exponent) <= MaxDigits;

    // TryParse of numbers lets trailing NUL characters pass, so digits are looked at one by one.
    private static bool IsDigits(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiDigit(character))
            {
                return false;
            }
        }

        return !text.IsEmpty;
    }
}
