using System.Globalization;
using System.Text.Json;

namespace Dendrite.Records.Cells;

/// <summary>
/// One value of a column, not null (null is <c>CellValue?</c>). Equality and order are those of the type: <c>12.5</c>
/// and <c>12.50</c> are one decimal, NaN equals itself and is above all doubles. Values of different types are ordered
/// by type, which only sorting needs.
/// </summary>
public readonly struct CellValue : IEquatable<CellValue>, IComparable<CellValue>
{
    // Integer, double (its bits), boolean, day number and microseconds since 1970 need no object.
    private readonly long number;
    private readonly object? reference;

    private CellValue(CellType type, long number, object? reference) =>
        (Type, this.number, this.reference) = (type, number, reference);

    public CellType Type { get; }

    public static CellValue OfText(string value) => new(CellType.Text, 0, value);

    public static CellValue OfEnum(string value) => new(CellType.Enum, 0, value);

    public static CellValue OfInteger(long value) => new(CellType.Integer, value, null);

    public static CellValue OfDecimal(ExactDecimal value) => new(CellType.Decimal, 0, value);

    public static CellValue OfDouble(double value) =>
        new(CellType.Double, BitConverter.DoubleToInt64Bits(WithoutTwins(value)), null);

    public static CellValue OfBoolean(bool value) => new(CellType.Boolean, value ? 1 : 0, null);

    public static CellValue OfDate(DateOnly value) => new(CellType.Date, value.DayNumber, null);

    /// <param name="microseconds">Since 1970-01-01T00:00:00Z.</param>
    public static CellValue OfTimestamp(long microseconds) => new(CellType.Timestamp, microseconds, null);

    public static CellValue OfUuid(Guid value) => new(CellType.Uuid, 0, value);

    /// <param name="canonical">As <see cref="CanonicalJson"/> makes it.</param>
    public static CellValue OfJson(string canonical) => new(CellType.Json, 0, canonical);

    /// <summary>Of text and enum; of JSON its canonical form.</summary>
    public string AsText() => (string)reference!;

    public long AsInteger() => number;

    public ExactDecimal AsDecimal() => (ExactDecimal)reference!;

    public double AsDouble() => BitConverter.Int64BitsToDouble(number);

    public bool AsBoolean() => number != 0;

    public DateOnly AsDate() => DateOnly.FromDayNumber((int)number);

    /// <summary>Microseconds since 1970-01-01T00:00:00Z.</summary>
    public long AsTimestamp() => number;

    public Guid AsUuid() => (Guid)reference!;

    /// <summary>As CSV, record ids and people see it: the JSON form without the quotes of a string.</summary>
    public string ToText() =>
        Type switch
        {
            CellType.Integer => number.ToString(CultureInfo.InvariantCulture),
            CellType.Decimal => AsDecimal().ToString(),
            CellType.Double => DoubleText(AsDouble()),
            CellType.Boolean => AsBoolean() ? "true" : "false",
            CellType.Date => AsDate().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            CellType.Timestamp => TimestampText.Write(number),
            CellType.Uuid => AsUuid().ToString(),
            _ => AsText(),
        };

    /// <summary>The canonical JSON form, as it is stored.</summary>
    public string ToJson() =>
        Type switch
        {
            CellType.Text or CellType.Enum => CanonicalJson.Quote(AsText()),
            CellType.Json or CellType.Boolean => ToText(),
            CellType.Integer when IsExact(number) => ToText(),
            CellType.Double when double.IsFinite(AsDouble()) => ToText(),
            _ => $"\"{ToText()}\"",
        };

    /// <summary>Writes <see cref="ToJson"/>.</summary>
    /// <param name="output">With the encoder of <see cref="CanonicalJson.Quote"/>.</param>
    internal void Write(Utf8JsonWriter output)
    {
        switch (Type)
        {
            case CellType.Text or CellType.Enum:
                output.WriteStringValue(AsText());
                break;
            case CellType.Integer when IsExact(number):
                output.WriteNumberValue(number);
                break;
            case CellType.Decimal or CellType.Date or CellType.Timestamp:
                output.WriteStringValue(ToText());
                break;
            default:
                output.WriteRawValue(ToJson(), skipInputValidation: true);
                break;
        }
    }

    public bool Equals(CellValue other) => CompareTo(other) == 0;

    public override bool Equals(object? obj) => obj is CellValue other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Type, number, reference);

    public int CompareTo(CellValue other)
    {
        if (Type != other.Type)
        {
            return Type.CompareTo(other.Type);
        }

        return Type switch
        {
            CellType.Text or CellType.Enum or CellType.Json => Utf8Order.Compare(AsText(), other.AsText()),
            CellType.Decimal => AsDecimal().CompareTo(other.AsDecimal()),
            CellType.Uuid => string.CompareOrdinal(ToText(), other.ToText()),
            CellType.Double => CompareDoubles(AsDouble(), other.AsDouble()),
            _ => number.CompareTo(other.number),
        };
    }

    public static bool operator ==(CellValue left, CellValue right) => left.Equals(right);

    public static bool operator !=(CellValue left, CellValue right) => !left.Equals(right);

    public static bool operator <(CellValue left, CellValue right) => left.CompareTo(right) < 0;

    public static bool operator >(CellValue left, CellValue right) => left.CompareTo(right) > 0;

    public static bool operator <=(CellValue left, CellValue right) => left.CompareTo(right) <= 0;

    public static bool operator >=(CellValue left, CellValue right) => left.CompareTo(right) >= 0;

    public override string ToString() => ToText();

    /// <summary>
    /// Whether binary64, as which most readers of JSON take numbers, holds the integer exactly: those that are stored
    /// as numbers.
    /// </summary>
    private static bool IsExact(long value) => value is >= -(1L << 53) and <= 1L << 53;

    /// <summary>
    /// Whether a binary64 of this value can only have been this integer: one more than 2^53 is rounded to 2^53.
    /// </summary>
    public static bool IsSafe(long value) => value is > -(1L << 53) and < 1L << 53;

    // One NaN, and no negative zero: jsonb could not keep it, and people would see two zeros that differ.
    private static double WithoutTwins(double value) =>
        value switch
        {
            double.NaN => double.NaN,
            0 => 0,
            _ => value,
        };

    private static string DoubleText(double value) =>
        double.IsFinite(value)
            ? CanonicalJson.Number(value.ToString("R", CultureInfo.InvariantCulture))!
            : value.ToString(CultureInfo.InvariantCulture);

    private static int CompareDoubles(double left, double right) =>
        (double.IsNaN(left), double.IsNaN(right)) switch
        {
            (false, false) => left.CompareTo(right),
            (var isLeft, var isRight) => isLeft.CompareTo(isRight),
        };
}
