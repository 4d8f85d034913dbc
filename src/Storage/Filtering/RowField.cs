using NpgsqlTypes;

namespace Dendrite.Storage.Filtering;

/// <summary>
/// What rows of a list can be filtered by. Only this assembly makes one, so the SQL in it is never a stranger's text.
/// </summary>
public sealed class RowField
{
    /// <param name="sql">An expression over the list's aliases.</param>
    /// <param name="type">Of the values that it is compared with.</param>
    internal RowField(string sql, NpgsqlDbType type) => (Sql, Type) = (sql, type);

    internal string Sql { get; }

    internal NpgsqlDbType Type { get; }

    /// <summary>
    /// For a field that is one of many of its sort, such as one label: what <c>@key</c> in its SQL is.
    /// </summary>
    internal string? Key { get; init; }

    /// <summary>Holds only what ids hold, so that a prefix is a range of an index.</summary>
    internal bool IsId { get; init; }
}
