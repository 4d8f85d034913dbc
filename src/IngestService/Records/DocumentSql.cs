using System.Globalization;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.IngestService.Records;

/// <summary>
/// SQL over <c>stored.document</c>, with every value of a caller as a parameter; of a column only its number stands in
/// the text. No expression fails on any document, also not on one that another branch wrote after it had widened the
/// column: a cell that is no value of the type counts as null.
/// </summary>
internal sealed class DocumentSql
{
    private const string Number = @"'^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$'";

    private const string NoNumbers = "'NaN', 'Infinity', '-Infinity'";

    private readonly List<(NpgsqlDbType Type, object Value)> parameters = [];

    /// <summary>Adds what the written SQL refers to.</summary>
    public void AddParameters(NpgsqlBatchCommand command)
    {
        for (var i = 0; i < parameters.Count; i++)
        {
            command.Parameters.Add(
                new NpgsqlParameter($"value_{i}", parameters[i].Type) { Value = parameters[i].Value }
            );
        }
    }

    /// <summary>The column's value in a form that compares as the type does; null where there is none.</summary>
    public string Column(ColumnDefinition column)
    {
        var text = Text(column);
        return column.Type switch
        {
            CellType.Integer or CellType.Decimal => $"(CASE WHEN {text} ~ {Number} THEN ({text})::numeric END)",
            CellType.Double => $"(CASE WHEN {text} ~ {Number} OR {text} IN ({NoNumbers}) THEN ({text})::float8 END)",
            // Without its Z, the canonical form is ordered as text: a fraction follows what has none.
            CellType.Timestamp => $"(rtrim({text}, 'Z') COLLATE \"C\")",
            _ => $"({text} COLLATE \"C\")",
        };
    }

    /// <summary>A value in the form in which <see cref="Column"/> compares.</summary>
    public string Value(CellValue value) =>
        value.Type switch
        {
            // Numeric of any size travels as text.
            CellType.Integer or CellType.Decimal => $"({Parameter(NpgsqlDbType.Text, value.ToText())})::numeric",
            CellType.Double => Parameter(NpgsqlDbType.Double, value.AsDouble()),
            CellType.Timestamp => Parameter(NpgsqlDbType.Text, value.ToText().TrimEnd('Z')),
            _ => Parameter(NpgsqlDbType.Text, value.ToText()),
        };

    public string Parameter(NpgsqlDbType type, object value)
    {
        parameters.Add((type, value));
        return $"@value_{parameters.Count - 1}";
    }

    // Records that are older than the column have what it says of them.
    private string Text(ColumnDefinition column)
    {
        var number = column.Number.ToString(CultureInfo.InvariantCulture);
        // Where readers see numbers that became texts, jsonb would spell some of them otherwise.
        var isSpelled = column.Type == CellType.Text && column.FormerTypes.Contains(CellType.Double);
        var cell = isSpelled
            // The function costs microseconds: only numbers of then have it called.
            ? $"(CASE jsonb_typeof(stored.document -> '{number}') WHEN 'number' "
                + $"THEN records.text_of_cell(stored.document -> '{number}') ELSE stored.document ->> '{number}' END)"
            : $"(stored.document ->> '{number}')";
        if (column.Fill is not { } fill)
        {
            return cell;
        }

        var older = Parameter(NpgsqlDbType.Text, fill.ToText());
        return $"(CASE WHEN stored.document ? '{number}' THEN {cell} ELSE {older} END)";
    }
}
