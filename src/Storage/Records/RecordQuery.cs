using Npgsql;

namespace Dendrite.Storage.Records;

/// <summary>Which records of a dataset to read, and in which order.</summary>
public sealed record RecordQuery(DatasetId Dataset)
{
    public KeyRange Keys { get; init; }

    /// <summary>Only records that meet it; null: all.</summary>
    public RecordCondition? Condition { get; init; }

    /// <summary>What to sort by before the key; null: by key, which costs no sorting.</summary>
    public RecordOrder? Order { get; init; }
}

/// <summary>A condition on a record.</summary>
/// <param name="Sql">
/// Over <c>stored.key</c> and <c>stored.document</c>. Values of callers are parameters, never text. It may be asked of
/// versions that the snapshot does not show, so it must not fail on any document of the dataset.
/// </param>
/// <param name="AddParameters">
/// Adds its parameters; the names <c>project</c>, <c>dataset</c>, <c>owners</c>, <c>through</c>, <c>from</c>,
/// <c>to</c>, <c>limit</c> and <c>absorbed</c> are taken.
/// </param>
public sealed record RecordCondition(string Sql, Action<NpgsqlBatchCommand> AddParameters);

/// <summary>An ordering of records; the key follows, so that it is one order.</summary>
/// <param name="Sql">What stands behind ORDER BY, such as <c>(stored.document ->> @column)::numeric DESC</c>. The next
/// page is the caller's <see cref="RecordCondition"/> over the same expression and the key.</param>
/// <param name="AddParameters">As for a condition, by other names.</param>
public sealed record RecordOrder(string Sql, Action<NpgsqlBatchCommand> AddParameters);
