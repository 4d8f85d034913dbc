using System.Collections.Immutable;
using System.Text.Json;
using Dendrite.Records.Cells;

namespace Dendrite.Records.Datasets;

/// <summary>A column of a dataset.</summary>
/// <param name="Number">
/// Its permanent number, by which documents hold its cells: renaming or dropping a column touches no record, and a
/// number is never given to another column.
/// </param>
/// <param name="Name">Its name now.</param>
public sealed record ColumnDefinition(int Number, string Name, CellType Type)
{
    /// <summary>Unit of the values; empty when they have none.</summary>
    public string Unit { get; init; } = "";

    public string Description { get; init; } = "";

    /// <summary>When true, null is refused.</summary>
    public bool Required { get; init; }

    /// <summary>Smallest value allowed; null: no bound.</summary>
    public CellValue? Minimum { get; init; }

    /// <summary>Largest value allowed; null: no bound.</summary>
    public CellValue? Maximum { get; init; }

    /// <summary>The only values allowed, in the order given; empty: all.</summary>
    public ImmutableArray<CellValue> AllowedValues { get; init; } = [];

    /// <summary>What the whole of a text must match; null: any.</summary>
    public TextPattern? Pattern { get; init; }

    /// <summary>What a new record gets where its writer says nothing; null: null.</summary>
    public CellValue? Default { get; init; }

    /// <summary>
    /// What records written before the column was added have in it: the default of then, so that changing the default
    /// changes no old record. Where it is set, documents hold nulls explicitly.
    /// </summary>
    public CellValue? Fill { get; init; }

    /// <summary>Digits after the point of a decimal; null: as many as given.</summary>
    public int? DecimalDigits { get; init; }

    /// <summary>
    /// Types that it had before it was widened, oldest first: documents may still hold values of them.
    /// </summary>
    public ImmutableArray<CellType> FormerTypes { get; init; } = [];

    /// <summary>
    /// Reads what a caller gave for this column. Answers give JSON that was stored deeper than is taken as its text:
    /// who sends that back would make a string of it.
    /// </summary>
    public CellResult Parse(CellInput input) =>
        Type == CellType.Json && input.Kind == CellInputKind.String && CanonicalJson.IsTextOfTooDeep(input.Text)
            ? CellResult.Refuse(
                "is the text of JSON that is nested deeper than is taken; leave out what is not to change"
            )
            : CellParser.Parse(Type, DecimalDigits, input);

    /// <summary>
    /// The value of a stored cell, brought to the type that the column has now.
    /// </summary>
    /// <exception cref="FormatException">The cell is none that this column ever had.</exception>
    public CellValue? Read(JsonElement stored)
    {
        if (stored.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        var input = CellInput.OfStored(stored, out var problem);
        var result = CellParser.Parse(Type, null, AsWidened(input));
        return (problem ?? result.Problem) is { } reason
            ? throw new FormatException($"A stored value of column {Name} (number {Number}) {reason}.")
            : result.Value;
    }

    /// <summary>
    /// Whether a cell, of whatever type it was written as, is one that this column would have written for its value.
    /// </summary>
    public bool CanHold(JsonElement stored)
    {
        var input = CellInput.OfStored(stored, out var problem);
        return problem is null
            && CellParser.Parse(Type, null, input) is { Problem: null } read
            && (read.Value is not { } value || value.ToJson() == CanonicalJson.OfStored(stored));
    }

    /// <summary>A value of a type that the column had before, as it is read now.</summary>
    /// <exception cref="FormatException">The column never had its type.</exception>
    public CellValue? Widen(CellValue? value)
    {
        if (value is not { } given || given.Type == Type)
        {
            return value;
        }

        using var stored = JsonDocument.Parse(given.ToJson());
        return Read(stored.RootElement);
    }

    /// <summary>What a record without a cell in this column has.</summary>
    public CellValue? ReadMissing() => Fill;

    public bool Equals(ColumnDefinition? other) =>
        other is not null
        && (Number, Name, Type, Unit, Description, Required)
            == (other.Number, other.Name, other.Type, other.Unit, other.Description, other.Required)
        && (Minimum, Maximum, Default, Fill, DecimalDigits)
            == (other.Minimum, other.Maximum, other.Default, other.Fill, other.DecimalDigits)
        && Pattern?.Text == other.Pattern?.Text
        && AllowedValues.SequenceEqual(other.AllowedValues)
        && FormerTypes.SequenceEqual(other.FormerTypes);

    public override int GetHashCode() => HashCode.Combine(Number, Name, Type);

    // Text takes what any type looked like; JSON alone says what a number or an object was, and a number of a column
    // that was double is spelled as doubles are.
    private CellInput AsWidened(CellInput input)
    {
        if (Type != CellType.Text || input.Kind == CellInputKind.String)
        {
            return input;
        }

        var text = input.Kind == CellInputKind.Number ? CanonicalJson.Number(input.Text)! : input.Text;
        var isWhole = !FormerTypes.Contains(CellType.Double) && !FormerTypes.Contains(CellType.Json);
        return CellInput.OfString(isWhole && input.Kind == CellInputKind.Number ? input.Text : text);
    }
}
