using Dendrite.Errors;
using Dendrite.IngestService.Records;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.IngestService.Datasets;

/// <summary>What a change of a dataset is checked against. Thread-safe.</summary>
internal sealed class DatasetChecks(
    DatasetCatalog catalog,
    ReferenceTargets references,
    SchemaCheck schema,
    SnapshotReader snapshots,
    TimeProvider time
)
{
    public ReferenceTargets References { get; } = references;

    public SchemaCheck Schema { get; } = schema;

    /// <summary>A UUID for a new dataset; in the order in which datasets are made.</summary>
    public Guid NewUid() => Guid.CreateVersion7(time.GetUtcNow());

    /// <summary>One round trip.</summary>
    /// <exception cref="DendriteException">QUOTA_EXCEEDED.</exception>
    public async Task RequireRoomAsync(RecordView view, CancellationToken cancellationToken)
    {
        var all = await catalog.ListAsync(view, "", DatasetCatalog.MaxDatasets, cancellationToken);
        if (all.Count >= DatasetCatalog.MaxDatasets)
        {
            throw new DendriteException(
                ErrorReason.QuotaExceeded,
                $"The branch has {all.Count} datasets, which is the most it can have: delete some."
            );
        }
    }

    /// <summary>What the branch saw after one of its commits. One round trip.</summary>
    public async Task<Snapshot> StateAtAsync(
        RecordBranch branch,
        CommitVersion version,
        CancellationToken cancellationToken
    )
    {
        var point = SnapshotPoint.At(version);
        return (await snapshots.ReadAsync(branch.Project, branch.Name.Branch, point, cancellationToken)).Snapshot;
    }
}
