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

    public bool TrySumDeltas(Cell<CellValue> atBase, CellValue source, CellValue target, out CellValue sum)
    {
        sum = default;
        if (source.Type != target.Type || (atBase.IsPresent && atBase.Value.Type != source.Type))
        {
            return false;
        }

        switch (source.Type)
        {
            case CellType.Integer:
                var whole =
                    (BigInteger)source.AsInteger()
                    + target.AsInteger()
                    - (atBase.IsPresent ? atBase.Value.AsInteger() : 0);
                sum = whole >= long.MinValue && whole <= long.MaxValue ? CellValue.OfInteger((long)whole) : default;
                return whole >= long.MinValue && whole <= long.MaxValue;
            case CellType.Double:
                sum = CellValue.OfDouble(
                    source.AsDouble() + target.AsDouble() - (atBase.IsPresent ? atBase.Value.AsDouble() : 0)
                );
                return true;
            case CellType.Decimal:
                return TrySumDecimals(atBase, source.AsDecimal(), target.AsDecimal(), out sum);
            default:
                return false;
        }
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
        union = CellParser.Parse(CellType.Json, null, CellInput.OfJson(parsed.RootElement, out _)).Value ?? default;
        return true;
    }

    public string ToCanonicalText(CellValue value) => $"{value.Type} {value.ToJson()}";

    private static bool TrySumDecimals(
        Cell<CellValue> atBase,
        ExactDecimal source,
        ExactDecimal target,
        out CellValue sum
    )
    {
        var start = atBase.IsPresent ? atBase.Value.AsDecimal() : ExactDecimal.FromInteger(0);
        var scale = Math.Max(Math.Max(source.Scale, target.Scale), start.Scale);
        if (
            Unscaled(source, scale) is not { } s
            || Unscaled(target, scale) is not { } t
            || Unscaled(start, scale) is not { } b
        )
        {
            sum = default;
            return false;
        }

        sum = CellValue.OfDecimal(ExactDecimal.FromParts(s + t - b, scale));
        return true;
    }

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

    public bool TrySumDeltas(Cell<string> atBase, string source, string target, [MaybeNullWhen(false)] out string sum)
    {
        sum = null;
        return false;
    }

    public bool TryUnite(string source, string target, [MaybeNullWhen(false)] out string union)
    {
        union = null;
        return false;
    }

    public string ToCanonicalText(string value) => value;
}
