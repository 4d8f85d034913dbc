using Dendrite.Client.Spools;

namespace Dendrite.Client.Gateways;

/// <summary>
/// What a spool did not take, in the order in which it has to be written when it does again: gaps in place of samples,
/// gaps that were declared, and annotations and anchors. Samples that are lost one after the other make one gap.
/// Bounded by bytes. For one caller at a time.
/// </summary>
/// <example>
/// Lost 0 to 20, declared 20 to 30 as paused, an annotation, lost 30 to 50 and 50 to 60: four records, the last of
/// which is the gap 30 to 60.
/// </example>
internal sealed class SpoolDebts
{
    /// <summary>
    /// Of declared gaps, annotations and anchors; as much as a few seconds of samples take, and hours of notes.
    /// </summary>
    public const int MaxBytes = 8 << 20;

    private readonly LinkedList<SpoolRecord> records = [];

    /// <summary>The gap of each channel group that grows with what the group loses.</summary>
    private readonly Dictionary<int, LinkedListNode<SpoolRecord>> growing = [];
    private long bytes;

    /// <summary>Owes the gap of samples that are lost.</summary>
    public void AddLost(in SpoolRecord record)
    {
        if (growing.TryGetValue(record.Group, out var gap))
        {
            gap.Value = gap.Value with { Count = record.End - gap.Value.First };
            return;
        }

        growing[record.Group] = records.AddLast(
            SpoolRecord.OfGap(record.Group, record.First, record.End, SegmentThinner.OverflowGap)
        );
        bytes += growing[record.Group].Value.SizeBytes;
    }

    /// <summary>Owes a declared gap, annotations or anchors as they are. False: they are too many.</summary>
    public bool TryAdd(in SpoolRecord record)
    {
        if (bytes + record.SizeBytes > MaxBytes)
        {
            return false;
        }

        bytes += record.SizeBytes;
        records.AddLast(record);
        if (record.HoldsSamples)
        {
            // What is lost from here on lies behind it.
            growing.Clear();
        }

        return true;
    }

    /// <summary>Writes in order until something is refused. True: nothing is owed any more.</summary>
    public bool Pay(Spool spool)
    {
        while (records.First is { Value: var record } && spool.TryAppend(record))
        {
            TakeFirst();
        }

        return records.Count == 0;
    }

    /// <summary>Gives up what is owed, and returns what of it are annotations and anchors.</summary>
    public IEnumerable<SpoolRecord> TakeEvents()
    {
        while (records.First is { Value: var record })
        {
            TakeFirst();
            if (record.IsEvent)
            {
                yield return record;
            }
        }
    }

    private void TakeFirst()
    {
        var first = records.First!;
        records.RemoveFirst();
        bytes -= first.Value.SizeBytes;
        if (growing.GetValueOrDefault(first.Value.Group) == first)
        {
            growing.Remove(first.Value.Group);
        }
    }
}
