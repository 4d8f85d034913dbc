using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dendrite.Records.Cells;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>What merging knows of the values of records: those of one column have one type.</summary>
internal sealed class ValueRules : ICellRules<CellValue>
{
    public static ValueRules Instance { get; } = new();

    public bool Equals(CellValue x, CellValue y) => x.Equals(y);

    public int GetHashCode(CellValue value) => value.GetHashCode();

    public bool TryCompare(CellValue left, CellValue right, out int order)
    {
        order = left.CompareTo(right);
        return left.Type == right.Type && left.Type != CellType.Json;
    }

    public bool TrySumDeltas(
        Cell<CellValue> atBase,
        Cell<CellValue> source,
        Cell<CellValue> target,
        out Cell<CellValue> sum
    )
    {
        sum = default;
        var types = new[] { atBase, source, target }.Where(cell => cell.IsPresent).Select(cell => cell.Value.Type);
        var type = types.Distinct().ToList();
        if (type.Count != 1)
        {
            return type.Count == 0;
        }

        CellValue? result = type[0] switch
        {
            CellType.Integer => SumOfIntegers(Integer(source) + Integer(target) - Integer(atBase)),
            CellType.Double => SumOfDoubles(Double(source) + Double(target) - Double(atBase)),
            CellType.Decimal => SumOfDecimals(Decimal(atBase), Decimal(source), Decimal(target)),
            _ => null,
        };
        sum = result is { } value ? Cell.Of(value) : default;
        return result is not null;
    }

    public bool TryUnite(CellValue source, CellValue target, out CellValue union)
    {
        union = default;
        if (
            source.Type != CellType.Json
            || target.Type != CellType.Json
            || JsonNode.Parse(source.AsText()) is not JsonArray added
            || JsonNode.Parse(target.AsText()) is not JsonArray kept
        )
        {
            return false;
        }

        // Canonical texts are equal exactly where elements are.
        var elements = kept.Concat(added).Select(element => element?.ToJsonString() ?? "null").Distinct();
        var json = $"[{string.Join(',', elements)}]";
        using var parsed = JsonDocument.Parse(json);
        var input = CellInput.OfStored(parsed.RootElement, out var problem);
        if (problem is not null || CellParser.Parse(CellType.Json, null, input).Value is not { } value)
        {
            return false;
        }

        union = value;
        return true;
    }

    public string ToCanonicalText(CellValue value) => $"{value.Type} {value.ToJson()}";

    private static BigInteger Integer(Cell<CellValue> cell) => cell.IsPresent ? cell.Value.AsInteger() : 0;

    private static double Double(Cell<CellValue> cell) => cell.IsPresent ? cell.Value.AsDouble() : 0;

    private static ExactDecimal Decimal(Cell<CellValue> cell) =>
        cell.IsPresent ? cell.Value.AsDecimal() : ExactDecimal.FromInteger(0);

    private static CellValue? SumOfIntegers(BigInteger sum) =>
        sum >= long.MinValue && sum <= long.MaxValue ? CellValue.OfInteger((long)sum) : null;

    private static CellValue? SumOfDoubles(double sum) => double.IsFinite(sum) ? CellValue.OfDouble(sum) : null;

    private static CellValue? SumOfDecimals(ExactDecimal atBase, ExactDecimal source, ExactDecimal target)
    {
        var scale = Math.Max(Math.Max(source.Scale, target.Scale), atBase.Scale);
        return Unscaled(source, scale) is { } s && Unscaled(target, scale) is { } t && Unscaled(atBase, scale) is { } b
            ? Readable(ExactDecimal.FromParts(s + t - b, scale))
            : null;
    }

    /// <summary>Null for what has more digits than a stored number can have.</summary>
    private static CellValue? Readable(ExactDecimal sum) =>
        ExactDecimal.TryParse(sum.ToString(), out _) ? CellValue.OfDecimal(sum) : null;

    /// <summary>The digits of a decimal at a scale that is not below its own.</summary>
    private static BigInteger? Unscaled(ExactDecimal value, int scale)
    {
        var (digits, exponent) = value.Normalize().Significand();
        if (digits.Length == 0)
        {
            return BigInteger.Zero;
        }

        return value.WithScale(scale) is { } scaled
            && BigInteger.TryParse(scaled.ToString().Replace(".", "", StringComparison.Ordinal), out var unscaled)
                ? unscaled
            : exponent == 0 ? BigInteger.Zero
            : null;
    }
}

/// <summary>Cells that are texts with equality and nothing more: definitions, descriptors, annotations.</summary>
internal sealed class TextRules : ICellRules<string>
{
    public static TextRules Instance { get; } = new();

    public bool Equals(string? x, string? y) => string.Equals(x, y, StringComparison.Ordinal);

    public int GetHashCode(string value) => StringComparer.Ordinal.GetHashCode(value);

    public bool TryCompare(string left, string right, out int order)
    {
        order = 0;
        return false;
    }

    public bool TrySumDeltas(Cell<string> atBase, Cell<string> source, Cell<string> target, out Cell<string> sum)
    {
        sum = default;
        return false;
    }

    public bool TryUnite(string source, string target, [MaybeNullWhen(false)] out string union)
    {
        union = null;
        return false;
    }

    public string ToCanonicalText(string value) => value;
}
