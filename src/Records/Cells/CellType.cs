namespace Dendrite.Records.Cells;

/// <summary>What the values of a column are. The numbers are those of <c>dendrite.v1.ColumnType</c>.</summary>
public enum CellType
{
    /// <summary>A string, ordered by its UTF-8 bytes.</summary>
    Text = 1,

    /// <summary>A signed 64-bit integer.</summary>
    Integer = 2,

    /// <summary>An exact decimal of up to <see cref="ExactDecimal.MaxDigits"/> digits.</summary>
    Decimal = 3,

    /// <summary>IEEE 754 binary64; NaN is one value, above all others; there is no negative zero.</summary>
    Double = 4,

    /// <summary>False, then true.</summary>
    Boolean = 5,

    /// <summary>A day from 0001-01-01 to 9999-12-31.</summary>
    Date = 6,

    /// <summary>An instant in microseconds.</summary>
    Timestamp = 7,

    /// <summary>A UUID, ordered as it is written.</summary>
    Uuid = 8,

    /// <summary>Any JSON value but null, which is the null of every type. Not in keys, not unique.</summary>
    Json = 9,

    /// <summary>One of the column's allowed values; ordered as text.</summary>
    Enum = 10,
}

/// <summary>Names of types in schema files and messages.</summary>
public static class CellTypes
{
    public static string Name(this CellType type) => type.ToString().ToLowerInvariant();

    /// <summary>The type of a name; null where there is none.</summary>
    public static CellType? Find(string name)
    {
        foreach (var type in Enum.GetValues<CellType>())
        {
            if (type.Name() == name)
            {
                return type;
            }
        }

        return null;
    }

    /// <summary>Whether every value of <paramref name="from"/> has one in <paramref name="to"/>.</summary>
    public static bool CanWiden(CellType from, CellType to) =>
        from == to || to == CellType.Text || (from, to) == (CellType.Integer, CellType.Decimal);

    /// <summary>Whether values are strings of the caller's own, kept as they came.</summary>
    public static bool IsText(this CellType type) => type is CellType.Text or CellType.Enum;
}
