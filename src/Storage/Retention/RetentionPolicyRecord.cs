namespace Dendrite.Storage.Retention;

/// <summary>How long branches of some sort are kept, as it is stored.</summary>
/// <param name="Id">Its number in the database.</param>
/// <param name="Name">Its id in resource names.</param>
public sealed record RetentionPolicyRecord(long Id, string Name)
{
    /// <summary>Grows with every change of a field.</summary>
    public required long Revision { get; init; }

    public string DisplayName { get; init; } = "";

    /// <summary>Which branches, in the language of lists; empty: all.</summary>
    public string Filter { get; init; } = "";

    public required RetentionStart Basis { get; init; }

    /// <summary>How old a branch may become.</summary>
    public required TimeSpan Keep { get; init; }

    /// <summary>How long before the end its owner is warned; null: not at all.</summary>
    public TimeSpan? WarnBefore { get; init; }

    /// <summary>How long a branch that it deleted can be restored.</summary>
    public required TimeSpan PurgeAfter { get; init; }

    /// <summary>Whether branches that a tag names go too.</summary>
    public bool IncludeTagged { get; init; }

    public bool IsDisabled { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

/// <summary>From when on a branch's age is counted.</summary>
public enum RetentionStart
{
    /// <summary>Since it was made.</summary>
    CreateTime,

    /// <summary>Since its last commit, or since it was made where it has none of its own.</summary>
    HeadTime,

    /// <summary>Since its experiment was completed or failed; never while it runs.</summary>
    ExperimentEnd,

    /// <summary>Since its own expiry; never where it has none.</summary>
    ExpireTime,
}

/// <summary>New values of a policy's fields; null leaves a field as it is, and of a new one empty.</summary>
public sealed record RetentionPolicyChange
{
    public string? DisplayName { get; init; }

    public string? Filter { get; init; }

    public RetentionStart? Basis { get; init; }

    public TimeSpan? Keep { get; init; }

    /// <summary>Whether <see cref="WarnBefore"/> is set, to null too.</summary>
    public bool SetsWarnBefore { get; init; }

    public TimeSpan? WarnBefore { get; init; }

    public TimeSpan? PurgeAfter { get; init; }

    public bool? IncludeTagged { get; init; }

    public bool? IsDisabled { get; init; }
}
