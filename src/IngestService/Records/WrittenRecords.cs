using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Commits;
using Google.Protobuf;

namespace Dendrite.IngestService.Records;

/// <summary>
/// Records as the answer to their write shows them: made before the commit, so that what no client could take an answer
/// to is not written.
/// </summary>
internal static class WrittenRecords
{
    /// <summary>Stand for what the commit decides, and are as long as that can be.</summary>
    private static readonly (long Version, DateTimeOffset? Time) Undecided = (long.MaxValue, DateTimeOffset.MaxValue);

    /// <exception cref="DendriteException">INVALID_ARGUMENT: the answer would be larger than a message.</exception>
    public static IReadOnlyList<V1.Record> Of(WriteSet writes, AskedWrites asked)
    {
        var (records, bytes) = (new List<V1.Record>(asked.Writes.Count), 0L);
        foreach (var write in writes.Writes)
        {
            var record = RecordMapper.ToContract((write.Dataset, asked.Dataset.Parent), write.Cells!.Value, Undecided);
            bytes += 1 + CodedOutputStream.ComputeMessageSize(record);
            if (bytes > WriteLimits.MaxAnswerBytes)
            {
                throw DendriteException.Invalid(
                    asked.Field,
                    $"has {asked.Writes.Count}, and an answer with all their cells would be larger than a message"
                        + " of 4 MiB; write fewer at once, or by a load"
                );
            }

            records.Add(record);
        }

        return records;
    }

    /// <summary>The same records, when they are written.</summary>
    public static IReadOnlyList<V1.Record> At(CommitReceipt receipt, IReadOnlyList<V1.Record> records)
    {
        foreach (var record in records)
        {
            record.Version = receipt.Version.Value;
            record.UpdateTime = Timestamps.Of(receipt.Time);
        }

        return records;
    }
}
