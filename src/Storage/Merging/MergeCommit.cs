using Dendrite.Storage.Commits;
using Dendrite.Storage.Records;

namespace Dendrite.Storage.Merging;

/// <summary>What a merge's commit holds besides the union of the vectors.</summary>
public sealed record MergeCommit(string Author, string Message)
{
    /// <summary>A merge; or a revert or pick, which is the same with nothing to unite.</summary>
    public CommitKind Kind { get; init; } = CommitKind.Merge;

    /// <summary>Datasets whose definition the union would not show as it must be.</summary>
    public IReadOnlyList<DatasetChange> Datasets { get; init; } = [];

    /// <summary>Records of which the same is true.</summary>
    public IReadOnlyList<RecordChange> Records { get; init; } = [];

    /// <summary>Descriptors, anchors and annotations of which the same is true.</summary>
    public IReadOnlyList<VersionedRow> Rows { get; init; } = [];

    /// <summary>
    /// Streams whose writers in the target must begin anew, behind what the merge brings: they stand before it.
    /// </summary>
    public IReadOnlyCollection<long> MovedStreams { get; init; } = [];

    /// <summary>How much comes from the source, for the commit's statistics.</summary>
    public IReadOnlyDictionary<string, long> Statistics { get; init; } = new Dictionary<string, long>();
}
