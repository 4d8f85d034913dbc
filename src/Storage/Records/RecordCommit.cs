using Dendrite.Storage.Commits;
using Dendrite.Storage.Requests;

namespace Dendrite.Storage.Records;

/// <summary>Everything that one commit does to datasets and records.</summary>
public sealed record RecordCommit(string Author, string Message)
{
    public CommitKind Kind { get; init; } = CommitKind.Write;

    /// <summary>Datasets as they are after the commit.</summary>
    public IReadOnlyList<DatasetChange> Datasets { get; init; } = [];

    /// <summary>In any order.</summary>
    public IReadOnlyList<RecordChange> Records { get; init; } = [];

    /// <summary>
    /// The request that asks for it, remembered and audited in the same transaction; null: nobody's. A repetition fails
    /// as <see cref="IdempotencyStore.IsRepetition"/> says.
    /// </summary>
    public Mutation? Request { get; init; }

    /// <summary>What is remembered of the request, behind the 8 bytes of the version (big-endian).</summary>
    public byte[] Outcome { get; init; } = [];

    internal void AddRequestTo(ProjectBatch batch)
    {
        if (Request is { } request)
        {
            IdempotencyStore.AddCommittedTo(batch, request, Outcome);
        }
    }
}
