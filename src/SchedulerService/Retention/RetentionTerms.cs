using Dendrite.Storage.Retention;

namespace Dendrite.SchedulerService.Retention;

/// <summary>What a policy says, for the rule.</summary>
/// <param name="Policy">Its id.</param>
/// <param name="Basis">From when on a branch's age is counted.</param>
/// <param name="Keep">How old a branch may become.</param>
/// <param name="WarnBefore">How long before the end its owner is warned; null: not at all.</param>
/// <param name="IncludeTagged">Whether branches that a tag names go too.</param>
internal sealed record RetentionTerms(
    string Policy,
    RetentionStart Basis,
    TimeSpan Keep,
    TimeSpan? WarnBefore = null,
    bool IncludeTagged = false
)
{
    public static RetentionTerms Of(RetentionPolicyRecord policy) =>
        new(policy.Name, policy.Basis, policy.Keep, policy.WarnBefore, policy.IncludeTagged);
}

/// <summary>What the rule asks of a branch.</summary>
/// <param name="CreateTime">When it was made.</param>
internal sealed record BranchFacts(DateTimeOffset CreateTime)
{
    public bool IsMain { get; init; }

    public bool IsProtected { get; init; }

    /// <summary>
    /// When its newest commit was made, which may be one of before its fork; null: the project has none.
    /// </summary>
    public DateTimeOffset? HeadTime { get; init; }

    /// <summary>When its experiment was completed or failed; null: it was not, or runs again.</summary>
    public DateTimeOffset? ExperimentEnd { get; init; }

    /// <summary>Its own expiry; null: none.</summary>
    public DateTimeOffset? ExpireTime { get; init; }

    /// <summary>When it was last restored after a deletion; null: never.</summary>
    public DateTimeOffset? RestoreTime { get; init; }

    /// <summary>When a deleted branch goes for good; null: it is not deleted.</summary>
    public DateTimeOffset? PurgeTime { get; init; }

    /// <summary>A tag that names one of its states; null: none does.</summary>
    public string? Tag { get; init; }

    /// <summary>Who works on it, in words; null: nobody but who committed last.</summary>
    public string? HeldBy { get; init; }

    /// <summary>Of which end its owner was last warned; null: of none.</summary>
    public RetentionNotice? Notice { get; init; }
}

/// <summary>When the rule is asked.</summary>
/// <param name="Instant">For which instant.</param>
/// <param name="QuietTime">For how long nobody must have committed.</param>
internal sealed record RetentionMoment(DateTimeOffset Instant, TimeSpan QuietTime)
{
    /// <summary>
    /// When warnings that are due can be given at the earliest: the instant itself for a run, now for a look ahead.
    /// </summary>
    public DateTimeOffset WarnsFrom { get; init; } = Instant;
}
