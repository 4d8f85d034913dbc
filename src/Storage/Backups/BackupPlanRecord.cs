namespace Dendrite.Storage.Backups;

/// <summary>What is backed up, as it is stored.</summary>
/// <param name="Id">Its number in the database.</param>
/// <param name="Name">Its id in resource names.</param>
/// <param name="Store">Name of a store of the installation.</param>
public sealed record BackupPlanRecord(long Id, string Name, string Store)
{
    /// <summary>Grows with every change of a field.</summary>
    public required long Revision { get; init; }

    public string DisplayName { get; init; } = "";

    /// <summary>Which branches; empty: none.</summary>
    public string BranchFilter { get; init; } = "";

    /// <summary>Which tags; empty: none.</summary>
    public string TagFilter { get; init; } = "";

    /// <summary>How long a backup is kept; null: for ever.</summary>
    public TimeSpan? Keep { get; init; }

    /// <summary>Whether each backup is read back before it counts.</summary>
    public bool Verify { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

/// <summary>New values of a plan's fields; null leaves a field as it is, and of a new one empty.</summary>
public sealed record BackupPlanChange
{
    public string? DisplayName { get; init; }

    public string? BranchFilter { get; init; }

    public string? TagFilter { get; init; }

    public string? Store { get; init; }

    /// <summary>Whether <see cref="Keep"/> is set, also to null.</summary>
    public bool SetsKeep { get; init; }

    public TimeSpan? Keep { get; init; }

    public bool? Verify { get; init; }
}
