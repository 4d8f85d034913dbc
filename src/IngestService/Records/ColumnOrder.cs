using Dendrite.Contracts.Cells;
using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.ServiceDefaults.Requests;
using NpgsqlTypes;

namespace Dendrite.IngestService.Records;

/// <summary>One column that records are ordered by. Nulls come last, and first where it is descending.</summary>
internal sealed record ColumnOrder(ColumnDefinition Column, bool Descending)
{
    /// <summary>Most columns of an order: more cannot be told apart by a reader.</summary>
    private const int MaxColumns = 8;

    /// <summary>Reads <c>order_by</c>; empty: by key.</summary>
    /// <exception cref="DendriteException">INVALID_FILTER.</exception>
    public static IReadOnlyList<ColumnOrder> Read(DatasetDefinition definition, string orderBy)
    {
        if (orderBy.Length == 0)
        {
            return [];
        }

        var parts = orderBy.Split(',');
        if (parts.Length > MaxColumns)
        {
            throw Invalid($"names {parts.Length} columns; at most {MaxColumns} are allowed");
        }

        return [.. parts.Select(part => ReadOne(definition, part))];
    }

    public string Write(DocumentSql sql) => $"{sql.Column(Column)} {(Descending ? "DESC" : "ASC")}";

    /// <summary>The condition of the next page: after these values, and among equals after the key.</summary>
    public static string WriteAfter(
        IReadOnlyList<ColumnOrder> order,
        IReadOnlyList<CellValue?> values,
        byte[] key,
        DocumentSql sql
    )
    {
        var after = $"stored.key > {sql.Parameter(NpgsqlDbType.Bytea, key)}";
        for (var i = order.Count - 1; i >= 0; i--)
        {
            var column = sql.Column(order[i].Column);
            after = values[i] is { } value
                ? order[i].AfterValue(column, sql.Value(value), after)
                : order[i].AfterNull(column, after);
        }

        return after;
    }

    private string AfterValue(string column, string value, string amongEquals) =>
        Descending
            ? $"(({column} < {value}) IS TRUE OR (({column} = {value}) IS TRUE AND {amongEquals}))"
            : $"({column} IS NULL OR ({column} > {value}) IS TRUE OR (({column} = {value}) IS TRUE AND {amongEquals}))";

    private string AfterNull(string column, string amongEquals) =>
        Descending
            ? $"({column} IS NOT NULL OR ({column} IS NULL AND {amongEquals}))"
            : $"({column} IS NULL AND {amongEquals})";

    private static ColumnOrder ReadOne(DatasetDefinition definition, string part)
    {
        var words = part.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var isOrder = words is [_] or [_, "asc" or "desc"];
        var column = isOrder ? definition.Find(words[0]) : null;
        if (column is null || !ColumnComparison.HasText(column))
        {
            throw Invalid(
                $"'{RequestFields.Excerpt(part)}' is no column that has an order, with ' desc' for descending"
            );
        }

        return new(column, words is [_, "desc"]);
    }

    private static DendriteException Invalid(string problem) =>
        new(ErrorReason.InvalidFilter, $"order_by: {problem}") { FieldViolations = [new("order_by", problem)] };
}
