using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Records;

/// <summary>What reads of records go through: a project, what may be seen, and where the statements run.</summary>
public sealed record RecordView(ProjectId Project, Snapshot Snapshot)
{
    /// <summary>
    /// Reads inside this transaction, such as under a timeline's lock; null reads by itself.
    /// </summary>
    public ProjectSession? Session { get; init; }

    /// <summary>
    /// Rows of timelines that the snapshot sees without naming them, since they are absorbed, are older than this; zero
    /// where there are none, null where it is not known. See <see cref="BranchSnapshot.AbsorbedBefore"/>.
    /// </summary>
    public CommitVersion? AbsorbedBefore { get; init; }

    /// <summary>What a branch sees.</summary>
    public static RecordView Of(ProjectId project, BranchSnapshot branch)
    {
        ArgumentNullException.ThrowIfNull(branch);
        return new(project, branch.Snapshot)
        {
            AbsorbedBefore = branch.AbsorbedBefore,
            State = (branch.Timeline, branch.Version),
            Expected = branch.IsRemembered ? branch : null,
        };
    }

    /// <summary>
    /// The line and the version of it that the snapshot is, which name what it shows for ever; null where it is no
    /// state of a branch.
    /// </summary>
    public (TimelineId Timeline, CommitVersion Version)? State { get; private init; }

    /// <summary>
    /// The head that each read checks; null: nothing is checked. A read throws <see cref="HeadMovedException"/> where
    /// the branch has moved on.
    /// </summary>
    internal BranchSnapshot? Expected { get; private init; }

    /// <summary>Whether anything may be seen that the snapshot does not name.</summary>
    internal bool SeesAbsorbed => AbsorbedBefore != CommitVersion.Zero;

    /// <summary>Binds the snapshot: its two arrays, and <c>@absorbed</c> where it is asked for.</summary>
    internal NpgsqlBatchCommand Bind(NpgsqlBatchCommand command)
    {
        command.With(Snapshot);
        return SeesAbsorbed ? command.With("absorbed", AbsorbedBefore?.Value ?? long.MaxValue) : command;
    }

    internal ProjectBatch CreateBatch(PlatformDatabase database) =>
        Checked(Session?.CreateBatch() ?? database.CreateBatch(Project));

    /// <summary>Adds the check of the expected head to a batch.</summary>
    internal ProjectBatch Checked(ProjectBatch batch)
    {
        if (Expected is { } head)
        {
            batch.Expect(head);
        }

        return batch;
    }
}
