using Dendrite.Errors;

namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>
/// A query of another PostgreSQL with what is put around it: rows as JSON, in the order of the changed field, and of a
/// backfill those of its range. Pure.
/// </summary>
/// <param name="Query">One SELECT; <c>$1</c> is the changed value up to which everything is there.</param>
/// <param name="ChangedField">Column of it; empty: none.</param>
internal sealed record PostgresQuery(string Query, bool HasParameter, string ChangedField)
{
    /// <summary>The changed value up to which everything is there; null: nothing is.</summary>
    public string? From { get; init; }

    /// <summary>Where a range ends; null: no range.</summary>
    public string? Until { get; init; }

    /// <summary>Says the type of the changed field, and whether the query can be run.</summary>
    public string Probe => $"SELECT source.{Quoted} FROM (\n{Query}\n) AS source LIMIT 0";

    private string Quoted => $"\"{ChangedField.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>What is run, and its parameters in order.</summary>
    /// <param name="type">Of the changed field, as PostgreSQL names it.</param>
    /// <exception cref="DendriteException">SOURCE_FAILED.</exception>
    public (string Sql, IReadOnlyList<string?> Values) Bind(string type)
    {
        if (ChangedField.Length == 0)
        {
            return ($"SELECT row_to_json(source)::text, NULL::text FROM (\n{Query}\n) AS source", []);
        }

        var values = new List<string?>();
        if (HasParameter)
        {
            values.Add(
                From is null ? LowestOf(type)
                : Until is null ? From
                : Earlier(type)
            );
        }

        var range = "";
        if (Until is not null)
        {
            RequireTime(type);
            values.AddRange([From, Until]);
            range = $"\nWHERE source.{Quoted} >= ${values.Count - 1} AND source.{Quoted} < ${values.Count}";
        }

        var sql =
            $"SELECT row_to_json(source)::text, source.{Quoted}::text FROM (\n{Query}\n) AS source{range}"
            + $"\nORDER BY source.{Quoted}";
        return (sql, values);
    }

    // Queries say "greater than $1", and what is just at the beginning of a range belongs to it.
    private string Earlier(string type) =>
        ChangedValue.Parse(From!).Before(IsDay(type) ? TimeSpan.FromDays(1) : TimeSpan.FromMicroseconds(1))!.Value.Text;

    private void RequireTime(string type)
    {
        if (!IsDay(type) && !type.StartsWith("timestamp", StringComparison.Ordinal))
        {
            throw new DendriteException(
                ErrorReason.SourceFailed,
                $"incremental.changed_field '{ChangedField}' is of type {type}; a range needs a timestamp or date."
            );
        }
    }

    private string LowestOf(string type) =>
        type switch
        {
            "smallint" => "-32768",
            "integer" => "-2147483648",
            "bigint" => "-9223372036854775808",
            "numeric" or "real" or "double precision" => "-Infinity",
            "uuid" => "00000000-0000-0000-0000-000000000000",
            "date" => "-infinity",
            _ when type.StartsWith("timestamp", StringComparison.Ordinal) => "-infinity",
            _ when type is "text" || type.StartsWith("character", StringComparison.Ordinal) => "",
            _ => throw new DendriteException(
                ErrorReason.SourceFailed,
                $"incremental.changed_field '{ChangedField}' is of type {type}, which has no lowest value; use a "
                    + "timestamp, a date, a number or a text."
            ),
        };

    private static bool IsDay(string type) => type == "date";
}
