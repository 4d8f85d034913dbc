using System.Collections.Immutable;
using Dendrite.Records.Cells;

namespace Dendrite.Records.Datasets;

/// <summary>A column as a caller describes it, not yet checked.</summary>
public sealed record ColumnSpec(string Name, CellType? Type)
{
    /// <summary>Longest unit in characters.</summary>
    public const int MaxUnitLength = 100;

    /// <summary>Longest description in characters.</summary>
    public const int MaxDescriptionLength = 4_000;

    /// <summary>Most allowed values of a column: a code list, not a dataset.</summary>
    public const int MaxAllowedValues = 1_000;

    /// <summary>Most digits after the point that a column may ask for.</summary>
    public const int MaxDecimalDigits = 100;

    public string Unit { get; init; } = "";
    public string Description { get; init; } = "";
    public bool Required { get; init; }
    public CellInput Minimum { get; init; } = CellInput.Null;
    public CellInput Maximum { get; init; } = CellInput.Null;
    public ImmutableArray<CellInput> AllowedValues { get; init; } = [];
    public string Pattern { get; init; } = "";
    public CellInput Default { get; init; } = CellInput.Null;
    public int? DecimalDigits { get; init; }

    /// <summary>The column, as far as it can be understood; what cannot be is added to the violations.</summary>
    /// <param name="number">Its permanent number.</param>
    /// <param name="path">The proto path of the column.</param>
    public ColumnDefinition Build(int number, string path, Violations violations)
    {
        Identifiers.Check(Name, $"{path}.column", violations);
        CheckLength(Unit, MaxUnitLength, $"{path}.unit", violations);
        // It stands in headers, tables and messages: on one line.
        if (Unit.Any(char.IsControl) && violations.All.All(violation => violation.Field != $"{path}.unit"))
        {
            violations.Add($"{path}.unit", $"{CellParser.Show(Unit)} holds a control character; remove it");
        }

        CheckLength(Description, MaxDescriptionLength, $"{path}.description", violations);
        if (Type is not { } type)
        {
            violations.Add($"{path}.type", "is not set; give the type of the column's values");
            return new(number, Name, CellType.Text);
        }

        CheckDigits(type, $"{path}.decimal_digits", violations);
        var column = new ColumnDefinition(number, Name, type)
        {
            Unit = Unit,
            Description = Description,
            Required = Required,
            DecimalDigits = DecimalDigits,
            Pattern = PatternOf(type, $"{path}.pattern", violations),
        };
        column = column with
        {
            Minimum = ValueOf(column, Minimum, $"{path}.minimum", violations),
            Maximum = ValueOf(column, Maximum, $"{path}.maximum", violations),
            AllowedValues = Allowed(column, path, violations),
        };
        CheckRange(column, path, violations);
        return column with { Default = DefaultOf(column, $"{path}.default_value", violations) };
    }

    private void CheckDigits(CellType type, string field, Violations violations)
    {
        if (DecimalDigits is { } digits && type != CellType.Decimal)
        {
            violations.Add(field, $"is {digits}, but only a decimal has it; leave it out");
        }
        else if (DecimalDigits is < 0 or > MaxDecimalDigits)
        {
            violations.Add(field, $"is {DecimalDigits}; 0 to {MaxDecimalDigits} are allowed");
        }
    }

    private TextPattern? PatternOf(CellType type, string field, Violations violations)
    {
        if (Pattern.Length == 0)
        {
            return null;
        }

        if (type != CellType.Text)
        {
            violations.Add(field, "is given, but only a text has one; leave it out");
            return null;
        }

        var pattern = TextPattern.Parse(Pattern, out var problem);
        if (pattern is null)
        {
            violations.Add(field, problem!);
        }

        return pattern;
    }

    private ImmutableArray<CellValue> Allowed(ColumnDefinition column, string path, Violations violations)
    {
        if (AllowedValues.Length > MaxAllowedValues)
        {
            violations.Add(
                $"{path}.allowed_values",
                $"has {AllowedValues.Length}; at most {MaxAllowedValues} are allowed"
            );
            return [];
        }

        if (AllowedValues.IsEmpty && column.Type == CellType.Enum)
        {
            violations.Add($"{path}.allowed_values", "is empty; an enum needs its values");
        }

        var values = ImmutableArray.CreateBuilder<CellValue>();
        for (var i = 0; i < AllowedValues.Length; i++)
        {
            var field = $"{path}.allowed_values[{i}]";
            if (AllowedValues[i].Kind == CellInputKind.Null)
            {
                violations.Add(field, "is null; whether null is allowed is said by required");
            }
            else if (ValueOf(column, AllowedValues[i], field, violations) is { } value)
            {
                AddOnce(values, value, field, violations);
            }
        }

        return values.ToImmutable();
    }

    private static void AddOnce(
        ImmutableArray<CellValue>.Builder values,
        CellValue value,
        string field,
        Violations violations
    )
    {
        if (values.Contains(value))
        {
            violations.Add(field, $"{CellParser.Show(value.ToText())} is there already; give each value once");
            return;
        }

        values.Add(value);
    }

    private static void CheckRange(ColumnDefinition column, string path, Violations violations)
    {
        if (column.Type == CellType.Json && (column.Minimum ?? column.Maximum) is not null)
        {
            violations.Add($"{path}.minimum", "is given, but JSON has no order; leave out minimum and maximum");
        }
        else if (column is { Minimum: { } low, Maximum: { } high } && low > high)
        {
            violations.Add($"{path}.minimum", $"{low} is above the maximum {high}; no value would be allowed");
        }
    }

    private CellValue? DefaultOf(ColumnDefinition column, string field, Violations violations)
    {
        var value = ValueOf(column, Default, field, violations);
        if (value is { } given && CellRules.ProblemOf(column, given) is { } problem)
        {
            violations.Add(field, problem);
        }

        return value;
    }

    private static CellValue? ValueOf(ColumnDefinition column, CellInput input, string field, Violations violations)
    {
        var result = column.Parse(input);
        if (result.Problem is { } problem)
        {
            violations.Add(field, problem);
        }

        return result.Value;
    }

    private static void CheckLength(string text, int limit, string field, Violations violations)
    {
        if (text.Length > limit)
        {
            violations.Add(field, $"has {text.Length} characters; at most {limit} are allowed");
        }
        else if (CanonicalJson.ProblemOfText(text) is { } problem)
        {
            violations.Add(field, problem);
        }
    }
}
