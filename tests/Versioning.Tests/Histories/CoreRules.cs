using Dendrite.Versioning.Merging;

namespace Dendrite.Versioning.Tests.Histories;

/// <summary>
/// The rules of the core that a history depends on, so that each can be broken on purpose: a property test that still
/// passes with a broken rule proves nothing.
/// </summary>
internal sealed record CoreRules
{
    public Func<Snapshot, TimelineId, CommitVersion, Snapshot> Clip { get; init; } =
        (snapshot, timeline, through) => snapshot.ClipTo(timeline, through);

    public Func<Snapshot, Snapshot, Snapshot> Base { get; init; } = Snapshot.Base;

    public Func<Snapshot, Snapshot, Snapshot> Union { get; init; } = Snapshot.Union;

    /// <summary>The base of one key: of its rows there the newest, or what they come together to.</summary>
    public Func<RowState<string, int>, RowState<string, int>, RowState<string, int>> CrosswiseBase { get; init; } =
        (_, joined) => joined;

    /// <summary>What a merge writes for one key; beside it, what it would if nobody had chosen.</summary>
    public Func<MergeWrite, MergeWrite, MergeWrite> Write { get; init; } = (write, _) => write;

    /// <summary>Whether a row takes part in reading; false hides it.</summary>
    public Func<StoredRow, bool> Counts { get; init; } = _ => true;

    /// <summary>Whether a merged timeline may be absorbed, given what the law says.</summary>
    public Func<bool, bool> MayAbsorb { get; init; } = law => law;

    /// <summary>Where cells come from, as a merge that asks is told; null: it is not.</summary>
    public Func<RowAncestry<string, int>, RowAncestry<string, int>?> Ancestry { get; init; } = ancestry => ancestry;

    public static CoreRules Ours { get; } = new();
}

/// <summary>A row as it lies in the store; the two flags are what a scan goes by.</summary>
internal sealed class StoredRow(TimelineId timeline, CommitVersion version, Row? value)
{
    public TimelineId Timeline { get; } = timeline;

    public CommitVersion Version { get; } = version;

    /// <summary>Null: a deletion.</summary>
    public Row? Value { get; } = value;

    /// <summary>What its writer saw of the key: of a merge's row, what both sides showed.</summary>
    public IReadOnlyList<CommitVersion> Over { get; init; } = [];

    /// <summary>What its writer saw of the key: of each timeline that wrote it, the newest row.</summary>
    public Snapshot Saw { get; init; } = Snapshot.Empty;

    /// <summary>The version at which its own timeline wrote the key again.</summary>
    public CommitVersion? SupersededAt { get; set; }

    /// <summary>True on every row that may win over a row of another timeline.</summary>
    public bool Shadows { get; set; }
}
