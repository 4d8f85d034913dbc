using Dendrite.Versioning;

namespace Dendrite.Storage.Records;

/// <summary>What reads of records go through: a project, what may be seen, and where the statements run.</summary>
public sealed record RecordView(ProjectId Project, Snapshot Snapshot)
{
    /// <summary>
    /// Reads inside this transaction, such as under a timeline's lock; null reads by itself.
    /// </summary>
    public ProjectSession? Session { get; init; }

    internal ProjectBatch CreateBatch(PlatformDatabase database) =>
        Session?.CreateBatch() ?? database.CreateBatch(Project);
}
