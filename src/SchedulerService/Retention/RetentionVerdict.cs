using Dendrite.V1;

namespace Dendrite.SchedulerService.Retention;

/// <summary>What becomes of a branch, and why.</summary>
/// <param name="Cause">Why; says what the other values mean.</param>
internal sealed record RetentionVerdict(RetentionCause Cause)
{
    /// <summary>The policy that decides; null: the branch's own expiry, or nothing.</summary>
    public RetentionTerms? Terms { get; init; }

    /// <summary>From when on it counts; null: from nowhere.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>The end by the terms alone: what a warning is about; null: never.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>When it would happen, with the time that a warning needs; null: never.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>When its owner was warned of this end; null: was not.</summary>
    public DateTimeOffset? WarnedAt { get; init; }

    public RetentionAction Action =>
        Cause switch
        {
            RetentionCause.Ended => RetentionAction.Delete,
            RetentionCause.EndsSoon => RetentionAction.Warn,
            RetentionCause.Held or RetentionCause.WrittenTo => RetentionAction.Wait,
            RetentionCause.Deleted => RetentionAction.Purge,
            _ => RetentionAction.Keep,
        };
}

/// <summary>Why something becomes of a branch.</summary>
internal enum RetentionCause
{
    /// <summary>No policy matches and it has no expiry: retention has nothing to say.</summary>
    Unmatched,

    /// <summary>Nothing takes <c>main</c>.</summary>
    Main,

    /// <summary>It is protected.</summary>
    Protected,

    /// <summary>A tag names it, and a policy that matches takes no tagged ones.</summary>
    Tagged,

    /// <summary>
    /// A policy that matches counts from something that has not happened, such as the experiment's end.
    /// </summary>
    NotBegun,

    /// <summary>Its time is not up.</summary>
    NotYet,

    /// <summary>Its time is nearly up: its owner is or was warned.</summary>
    EndsSoon,

    /// <summary>Its time is up, and somebody works on it.</summary>
    Held,

    /// <summary>Its time is up, and somebody has just committed to it.</summary>
    WrittenTo,

    /// <summary>Its time is up.</summary>
    Ended,

    /// <summary>It is deleted, and goes for good.</summary>
    Deleted,
}
