namespace Dendrite.Storage.Retention;

/// <summary>What is going on about a branch, as far as retention asks.</summary>
/// <param name="Uid">The branch's.</param>
public sealed record BranchUse(Guid Uid)
{
    /// <summary>The first tag, by name, of those that name one of its states; null: none does.</summary>
    public string? Tag { get; init; }

    /// <summary>Who streams into it; null: nobody.</summary>
    public string? Writer { get; init; }

    /// <summary>Number of a merge from or into it that waits for somebody; null: none.</summary>
    public long? OpenMerge { get; init; }

    /// <summary>A job with a run that works on it and has not ended; null: none.</summary>
    public string? Job { get; init; }

    /// <summary>The plan of a backup that is being made of it; null: none.</summary>
    public string? Backup { get; init; }

    /// <summary>The source of a backfill that writes to it; null: none.</summary>
    public string? Backfill { get; init; }

    /// <summary>Of which end its owner was last warned; null: of none.</summary>
    public RetentionNotice? Notice { get; init; }
}

/// <summary>A warning that was given to the owner of a branch.</summary>
/// <param name="Due">The end that it is about.</param>
/// <param name="WarnTime">When it was given.</param>
public sealed record RetentionNotice(DateTimeOffset Due, DateTimeOffset WarnTime);
