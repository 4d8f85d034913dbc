using Dendrite.Storage.Records;
using Dendrite.Versioning;

namespace Dendrite.Storage.Comparison;

/// <summary>A dataset that either side wrote beyond what both see: its rows, or what it is.</summary>
/// <param name="Base">As both see it; null where it is younger.</param>
/// <param name="From">As the old side sees it; null where it never did.</param>
/// <param name="To">As the new side sees it; likewise.</param>
public sealed record DatasetSides(DatasetId Id, DatasetRow? Base, DatasetRow? From, DatasetRow? To);

/// <summary>A row of a dataset's definitions.</summary>
/// <param name="Definition">JSON, also of a deleted one.</param>
/// <param name="Version">The commit that wrote it, or deleted it.</param>
public sealed record DatasetRow(string Name, string Definition, bool IsDeleted, CommitVersion Version);

/// <summary>A key that either side wrote beyond what both see, as the two show it now.</summary>
/// <param name="From">Null where the old side never had it; without document where it deleted it.</param>
/// <param name="To">Likewise of the new side.</param>
public sealed record RecordSides(DatasetId Dataset, ReadOnlyMemory<byte> Key, StoredRecord? From, StoredRecord? To);

/// <summary>Two snapshots of a project, to be compared.</summary>
public sealed record ComparedSnapshots(ProjectId Project, Snapshot From, Snapshot To);
