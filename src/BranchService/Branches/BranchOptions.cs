namespace Dendrite.BranchService.Branches;

/// <summary>Configuration section <c>Branches</c>.</summary>
public sealed class BranchOptions
{
    public const string Section = "Branches";

    /// <summary>How long a deleted branch can be restored. Default: 30 days. Positive.</summary>
    public TimeSpan UndeleteWindow { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// Records that one merge, preview or revert goes through: all are held until it is written, some kilobytes each.
    /// Default: 2,000,000, two full calls of Ingest. Positive. A pick changes so many at most, and never over 250,000.
    /// </summary>
    public long MaxMergeRecords { get; set; } = 2_000_000;

    /// <summary>
    /// Bytes of documents that one merge, preview, revert or pick holds, those of both sides and of the base; memory is
    /// three times as much where they are large, and ten where cells are short. Default: 1 GiB. Positive.
    /// </summary>
    public long MaxMergeDocumentBytes { get; set; } = 1L << 30;
}
