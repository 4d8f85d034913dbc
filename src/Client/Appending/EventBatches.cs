using Google.Protobuf;

namespace Dendrite.Client.Appending;

/// <summary>Cuts annotations and anchors into what one message holds.</summary>
internal static class EventBatches
{
    /// <summary>
    /// Of one message, in bytes; one entry may have as many. A service takes 8 MiB, and more would take the window from
    /// the samples.
    /// </summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>As the contract says.</summary>
    private const int MaxEntries = 1_000;

    /// <summary>What an entry takes beside itself: its tag and its length.</summary>
    private const int EntryBytes = 6;

    public static IEnumerable<IReadOnlyList<T>> Cut<T>(IEnumerable<T> entries)
        where T : IMessage
    {
        List<T> batch = [];
        var bytes = 0L;
        foreach (var entry in entries)
        {
            var size = entry.CalculateSize() + EntryBytes;
            if (batch.Count == MaxEntries || (batch.Count > 0 && bytes + size > MaxBytes))
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }

            batch.Add(entry);
            bytes += size;
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}
