using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Sync;

/// <summary>What is kept when a batch was committed.</summary>
/// <param name="Failed">Items of the batch that could not be written, each id once: they wait for another try.</param>
/// <param name="Seen">SHA-256 of the ids of its records, where that is of use.</param>
public sealed record SyncStep(
    SyncProgress Progress,
    IReadOnlyCollection<FailedItem> Failed,
    IReadOnlyCollection<byte[]> Seen
)
{
    /// <summary>What was written, where no column of the dataset says how new it is.</summary>
    public IReadOnlyCollection<WrittenItem> Written { get; init; } = [];
}

/// <summary>An item that was written: older ones of its record are not, when they are tried again.</summary>
/// <param name="Record">SHA-256 of its record's id.</param>
/// <param name="Value">Its changed value, as it came.</param>
public sealed record WrittenItem(byte[] Record, string Value)
{
    /// <summary>
    /// A part of a statement that notes them with the letters of their records; it has the targets as @target.
    /// </summary>
    internal const string Note = """
        UPDATE scheduling.sync_dead_letter AS d SET written_value = w.value
        FROM unnest(@written_records, @written_values) AS w (record, value)
        WHERE d.project_id = @project AND d.sync_source_id = @source AND d.target = @target AND d.record = w.record
        """;

    /// <summary>Adds the arrays that <see cref="Note"/> unnests.</summary>
    internal static NpgsqlBatchCommand AddTo(NpgsqlBatchCommand command, IReadOnlyCollection<WrittenItem> items) =>
        command
            .With(
                "written_records",
                NpgsqlDbType.Array | NpgsqlDbType.Bytea,
                items.Select(item => item.Record).ToArray()
            )
            .With("written_values", items.Select(item => item.Value).ToArray());
}

/// <summary>An item that could not be written.</summary>
/// <param name="Id">Follows from the target and the item, not from where it stood.</param>
/// <param name="Item">As it came, as JSON.</param>
/// <param name="IsText">Whether its fields are texts that stand for values of any type.</param>
/// <param name="Error">A google.rpc.Status.</param>
/// <param name="Attempts">How often it was tried.</param>
public sealed record FailedItem(string Id, string Item, bool IsText, byte[] Error, int Attempts)
{
    /// <summary>SHA-256 of the id of the record that it would be; null where nobody knows.</summary>
    public byte[]? Record { get; init; }

    /// <summary>The changed value of what was last written of that record since; null where nothing was.</summary>
    public string? WrittenValue { get; init; }

    /// <summary>Adds the arrays that statements unnest.</summary>
    internal static void AddTo(NpgsqlBatchCommand command, IReadOnlyCollection<FailedItem> items) =>
        command
            .With("ids", items.Select(item => item.Id).ToArray())
            .With("items", items.Select(item => item.Item).ToArray())
            .With("texts", items.Select(item => item.IsText).ToArray())
            .With("errors", NpgsqlDbType.Array | NpgsqlDbType.Bytea, items.Select(item => item.Error).ToArray())
            .With("attempts", items.Select(item => item.Attempts).ToArray())
            .With("records", NpgsqlDbType.Array | NpgsqlDbType.Bytea, items.Select(item => item.Record).ToArray());
}

/// <summary>An item that waits or was given up.</summary>
/// <param name="Dataset">Resource name of the dataset that it is for.</param>
public sealed record DeadLetterRecord(FailedItem Failed, string Dataset)
{
    public DateTimeOffset FirstAttemptTime { get; init; }

    public DateTimeOffset LastAttemptTime { get; init; }
}
