using Dendrite.Versioning;

namespace Dendrite.Storage.Records;

/// <summary>A dataset as a snapshot sees it.</summary>
/// <param name="Uid">Survives renaming.</param>
/// <param name="Definition">UTF-8 JSON whose meaning is its writer's: columns, key, constraints.</param>
/// <param name="CreateVersion">The commit that made it.</param>
public sealed record DatasetRecord(
    DatasetId Id,
    Guid Uid,
    string Name,
    ReadOnlyMemory<byte> Definition,
    CommitVersion CreateVersion
)
{
    /// <summary>The commit that last changed it.</summary>
    public CommitVersion Version { get; init; }

    /// <summary>When the commit that made it was made.</summary>
    public DateTimeOffset CreateTime { get; init; }

    /// <summary>When the commit that last changed it was made.</summary>
    public DateTimeOffset UpdateTime { get; init; }
}

/// <summary>A dataset made, changed or deleted by a commit, as it is after it.</summary>
/// <param name="Id">From <see cref="DatasetStore.AllocateAsync"/> for a new one.</param>
/// <param name="Name">Unique among the live datasets of the branch.</param>
/// <param name="Definition">UTF-8 JSON; also of a deleted one, so that it can be brought back.</param>
public sealed record DatasetChange(DatasetId Id, Guid Uid, string Name, ReadOnlyMemory<byte> Definition)
{
    /// <summary>The commit that made it; null where this one does.</summary>
    public CommitVersion? CreateVersion { get; init; }

    /// <summary>Removes it with its records from the branch; the records stay where others see them.</summary>
    public bool Deleted { get; init; }
}
