using Dendrite.Storage.Commits;

namespace Dendrite.Storage.Records;

/// <summary>Everything that one commit does to datasets and records.</summary>
public sealed record RecordCommit(string Author, string Message)
{
    public CommitKind Kind { get; init; } = CommitKind.Write;

    /// <summary>Datasets as they are after the commit.</summary>
    public IReadOnlyList<DatasetChange> Datasets { get; init; } = [];

    /// <summary>In any order.</summary>
    public IReadOnlyList<RecordChange> Records { get; init; } = [];
}
