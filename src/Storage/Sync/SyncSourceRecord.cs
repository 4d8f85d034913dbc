namespace Dendrite.Storage.Sync;

/// <summary>Data outside that is pulled into a branch, as it is stored.</summary>
/// <param name="Id">Its number in the database.</param>
/// <param name="Name">Its id in resource names.</param>
/// <param name="Definition">What callers set, as the contract's JSON.</param>
public sealed record SyncSourceRecord(long Id, string Name, string Definition)
{
    /// <summary>Grows with every change by callers.</summary>
    public required long Revision { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    /// <summary>How far it is in its own dataset, as JSON; null before the first batch.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>When its last batch was committed, in whatever dataset; null before the first.</summary>
    public DateTimeOffset? SyncTime { get; init; }

    public long DeadLetterCount { get; init; }
}

/// <summary>Whose progress: a source, and the dataset that it is written to.</summary>
/// <param name="Source">Number of the source.</param>
/// <param name="Dataset">Resource name of the dataset.</param>
/// <param name="Backfill">The past range; empty: what comes by and by.</param>
/// <param name="Part">The month of a backfill; else empty.</param>
public sealed record SyncScope(ProjectId Project, long Source, string Dataset, string Backfill = "", string Part = "");

/// <summary>How far a sync is.</summary>
/// <param name="Place">Everything before it is committed; JSON.</param>
/// <param name="Tally">What was done so far for the same run; JSON.</param>
public sealed record SyncProgress(string Place, string Tally);

/// <summary>Who pulls a source.</summary>
/// <param name="Fence">From <c>scheduling.fencing_token</c>: whoever comes later has a higher one.</param>
/// <param name="Run">Id of the run: its own earlier attempts are none that go on.</param>
/// <param name="Operation">Id of the operation that a backfill is; null: it is a sync.</param>
public sealed record SyncHolder(long Fence, Guid Run, string? Operation)
{
    /// <summary>Whether the fence is none of the run's own tokens: then the source is to be released.</summary>
    public bool HasOwnFence { get; init; }
}
