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
);

/// <summary>An item that could not be written.</summary>
/// <param name="Id">Follows from the target and the item, not from where it stood.</param>
/// <param name="Item">As it came, as JSON.</param>
/// <param name="IsText">Whether its fields are texts that stand for values of any type.</param>
/// <param name="Error">A google.rpc.Status.</param>
/// <param name="Attempts">How often it was tried.</param>
public sealed record FailedItem(string Id, string Item, bool IsText, byte[] Error, int Attempts)
{
    /// <summary>Adds the arrays that statements unnest.</summary>
    internal static void AddTo(NpgsqlBatchCommand command, IReadOnlyCollection<FailedItem> items) =>
        command
            .With("ids", items.Select(item => item.Id).ToArray())
            .With("items", items.Select(item => item.Item).ToArray())
            .With("texts", items.Select(item => item.IsText).ToArray())
            .With("errors", NpgsqlDbType.Array | NpgsqlDbType.Bytea, items.Select(item => item.Error).ToArray())
            .With("attempts", items.Select(item => item.Attempts).ToArray());
}

/// <summary>An item that waits or was given up.</summary>
/// <param name="Dataset">Resource name of the dataset that it is for.</param>
public sealed record DeadLetterRecord(FailedItem Failed, string Dataset)
{
    public DateTimeOffset FirstAttemptTime { get; init; }

    public DateTimeOffset LastAttemptTime { get; init; }
}
