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
        return new(project, branch.Snapshot) { AbsorbedBefore = branch.AbsorbedBefore };
    }

    /// <summary>Whether anything may be seen that the snapshot does not name.</summary>
    internal bool SeesAbsorbed => AbsorbedBefore != CommitVersion.Zero;

    /// <summary>Binds the snapshot: its two arrays, and <c>@absorbed</c> where it is asked for.</summary>
    internal NpgsqlBatchCommand Bind(NpgsqlBatchCommand command)
    {
        command.With(Snapshot);
        return SeesAbsorbed ? command.With("absorbed", AbsorbedBefore?.Value ?? long.MaxValue) : command;
    }

    internal ProjectBatch CreateBatch(PlatformDatabase database) =>
        Session?.CreateBatch() ?? database.CreateBatch(Project);
}
