using Dendrite.Versioning;

namespace Dendrite.Storage.Records;

/// <summary>A key that a side wrote beyond the base, and its record as each of the three sees it.</summary>
/// <param name="Base">In what both see; null where there never was one, without document where it was deleted.</param>
/// <param name="Source">As the source sees it; likewise. The base's own where it is the same row.</param>
/// <param name="Target">As the target sees it; likewise.</param>
public sealed record DivergedRecord(
    DatasetId Dataset,
    ReadOnlyMemory<byte> Key,
    StoredRecord? Base,
    StoredRecord? Source,
    StoredRecord? Target
)
{
    /// <summary>Which sides have rows of the key beyond the base.</summary>
    public DivergedSides Sides { get; init; }

    /// <summary>
    /// Whether the base may have other rows of it beside the one it shows: <see cref="CrosswiseRecords"/> tells.
    /// </summary>
    public bool IsBaseShadowing { get; init; }

    /// <summary>The same of the target.</summary>
    public bool IsTargetShadowing { get; init; }

    /// <summary>
    /// Whether both sides wrote it over such a base. A side that has the dataset and wrote nothing shows what the base
    /// has.
    /// </summary>
    public bool MayCross => IsBaseShadowing && Sides == DivergedSides.Both;
}

/// <summary>Which sides wrote something beyond the base.</summary>
[Flags]
public enum DivergedSides
{
    None = 0,
    Source = 1,
    Target = 2,
    Both = Source | Target,
}

/// <summary>Two snapshots of a project and what both see.</summary>
/// <param name="Base">The pointwise minimum of the two: see <see cref="Snapshot.Base"/>.</param>
public sealed record DivergedView(ProjectId Project, Snapshot Base, Snapshot Source, Snapshot Target)
{
    /// <summary>Reads inside this transaction; null reads by itself.</summary>
    public ProjectSession? Session { get; init; }

    /// <summary>Two snapshots against their merge base.</summary>
    public static DivergedView Of(ProjectId project, Snapshot source, Snapshot target) =>
        new(project, Snapshot.Base(source, target), source, target);

    internal ProjectBatch CreateBatch(PlatformDatabase database) =>
        (Session?.CreateBatch() ?? database.CreateBatch(Project)).Use(PlannerSettings.Once);
}

/// <summary>How many keys of a dataset each side wrote beyond the base.</summary>
public sealed record DivergedCount(DatasetId Dataset, DivergedSides Sides, long KeyCount);
