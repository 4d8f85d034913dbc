using Dendrite.BranchService.Branches;
using Dendrite.Errors;
using Dendrite.Storage.Records;
using Microsoft.Extensions.Options;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Bounds what one merge, preview, revert or pick holds: every record of it until it is written, with what each side
/// has of it. Thread-safe.
/// </summary>
public sealed class MergeLimits(IOptions<BranchOptions> options)
{
    /// <summary>Records that a pick changes: a request that somebody waits for, and its work is one commit.</summary>
    private const int MaxPickedRecords = 250_000;

    /// <summary>Records that one pick may change: never more than a merge may hold.</summary>
    internal long MaxPicked => Math.Min(MaxPickedRecords, options.Value.MaxMergeRecords);

    /// <summary>Refuses too many records before any is read. Where definitions fail, none is.</summary>
    /// <param name="schemas">Of all that is counted: records of a dataset that is deleted are not held.</param>
    /// <exception cref="DendriteException">QUOTA_EXCEEDED.</exception>
    internal void Demand(IEnumerable<DivergedCount> counts, MergedSchemas schemas)
    {
        var limit = options.Value.MaxMergeRecords;
        var held = counts.Where(count => schemas.Find(count.Dataset) is { IsDeleted: false });
        if (schemas.Failures.Count == 0 && held.Sum(count => count.KeyCount) > limit)
        {
            throw Refusal($"More than {limit} records differ");
        }
    }

    /// <summary>Begins to count documents.</summary>
    internal HeldDocuments Begin() => new(options.Value.MaxMergeDocumentBytes, Refusal);

    /// <summary>Begins to count the documents of a pick.</summary>
    internal HeldDocuments BeginPick() => new(options.Value.MaxMergeDocumentBytes, PickRefusal);

    internal static DendriteException PickRefusal(string what) =>
        new(
            ErrorReason.QuotaExceeded,
            $"{what}, which is the most that one pick changes: pick them in parts, by a dataset or a filter, or fork a "
                + "branch from the source and work there."
        );

    private static DendriteException Refusal(string what) =>
        new(
            ErrorReason.QuotaExceeded,
            $"{what} from what both sides go back to, which is the most that one merge or revert goes through: merge "
                + "earlier versions of either branch into the other first (source_point), fewer changes at a time; in "
                + "the place of a revert, reset the branch."
        );
}

/// <summary>The documents that one plan holds, counted as they come. Not thread-safe.</summary>
internal sealed class HeldDocuments(long limit, Func<string, DendriteException> refusal)
{
    private long bytes;

    /// <summary>Counts what each side has of a record; one row of two sides once.</summary>
    /// <exception cref="DendriteException">QUOTA_EXCEEDED.</exception>
    public void Add(DivergedRecord row)
    {
        Add(row.Base);
        Add(ReferenceEquals(row.Source, row.Base) ? null : row.Source);
        Add(ReferenceEquals(row.Target, row.Base) ? null : row.Target);
    }

    /// <summary>Counts one more row.</summary>
    /// <exception cref="DendriteException">QUOTA_EXCEEDED.</exception>
    public void Add(StoredRecord? record) => Add(record?.Document?.Length ?? 0);

    /// <summary>Counts one more document.</summary>
    /// <exception cref="DendriteException">QUOTA_EXCEEDED.</exception>
    public void Add(int length)
    {
        bytes += length;
        if (bytes > limit)
        {
            throw refusal($"Records of more than {limit} bytes differ");
        }
    }
}
