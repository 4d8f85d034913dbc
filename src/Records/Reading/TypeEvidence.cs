using Dendrite.Records.Cells;

namespace Dendrite.Records.Reading;

/// <summary>What the values of a column can be, from those seen so far.</summary>
internal sealed class TypeEvidence(string name)
{
    /// <summary>From the narrowest: the first that takes every value is the type.</summary>
    private static readonly CellType[] Order =
    [
        CellType.Integer,
        CellType.Decimal,
        CellType.Double,
        CellType.Boolean,
        CellType.Date,
        CellType.Timestamp,
        CellType.Uuid,
    ];

    private readonly List<CellType> possible = [.. Order];
    private bool hasValues;

    public string Name { get; } = name;

    public bool HasNulls { get; private set; }

    /// <summary>Text where nothing narrower takes all values, and where there are none.</summary>
    public CellType Type => hasValues && possible.Count > 0 ? possible[0] : CellType.Text;

    /// <param name="text">Null for null.</param>
    public void Take(string? text)
    {
        if (text is null)
        {
            HasNulls = true;
            return;
        }

        hasValues = true;
        possible.RemoveAll(type => !IsOne(type, text));
    }

    private static bool IsOne(CellType type, string text) =>
        type switch
        {
            // 007 and +49 are codes that happen to have digits; 1e5 is a measurement.
            CellType.Integer or CellType.Decimal => IsPlainNumber(text) && Parses(type, text),
            CellType.Double => !IsCode(text) && Parses(type, text),
            CellType.Boolean => text is "true" or "false" or "TRUE" or "FALSE",
            _ => Parses(type, text),
        };

    private static bool Parses(CellType type, string text) =>
        CellParser.Parse(type, null, CellInput.OfField(text)).Problem is null;

    private static bool IsPlainNumber(string text) => !IsCode(text) && !text.Contains('e') && !text.Contains('E');

    private static bool IsCode(string text) =>
        text
            is ['+', ..]
                or ['0', not '.' and not 'e' and not 'E', ..]
                or ['-', '0', not '.' and not 'e' and not 'E', ..];
}
