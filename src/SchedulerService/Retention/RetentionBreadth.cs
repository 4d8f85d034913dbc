using Dendrite.Errors;
using Dendrite.Storage.Retention;

namespace Dendrite.SchedulerService.Retention;

/// <summary>
/// Refuses a policy that would take everything at once: a slip of a unit must not empty a project overnight. With
/// <c>warn_before</c> nothing goes at once, so such a policy may be as broad as it likes.
/// </summary>
internal sealed class RetentionBreadth(RetentionScan scan)
{
    private const int Several = 2;

    // Retention runs daily: what would go in the next run.
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(1);

    /// <param name="policy">As it is to be.</param>
    /// <param name="asked">The policies that apply beside it, and now.</param>
    /// <exception cref="DendriteException">RETENTION_TOO_BROAD.</exception>
    public async Task CheckAsync(
        RetentionPolicyRecord policy,
        RetentionQuestion asked,
        CancellationToken cancellationToken
    )
    {
        if (policy.IsDisabled || policy.WarnBefore is not null)
            return;
        if (policy.Filter.Length == 0 && policy.Keep < Ahead && IsForEveryBranch(policy.Basis))
        {
            throw TooBroad(
                policy,
                $"matches every branch and keeps them for {RetentionReason.Span(policy.Keep)} only, less than a day"
            );
        }

        var tomorrow = asked with
        {
            Policies = [.. asked.Policies.Where(other => other.Name != policy.Name && !other.IsDisabled), policy],
            Moment = asked.Moment with { Instant = asked.Moment.Instant + Ahead },
        };
        var taken = 0;
        await foreach (var judged in scan.JudgeAsync(tomorrow, cancellationToken))
        {
            if (judged.Facts.IsMain || judged.Facts.IsProtected || judged.Facts.PurgeTime is not null)
                continue;
            // One that stays is enough.
            if (!IsTakenBy(policy, judged.Verdict))
                return;
            taken++;
        }

        if (taken >= Several)
            throw TooBroad(policy, $"would delete all {taken} branches of the project in the next run");
    }

    private static bool IsForEveryBranch(RetentionStart basis) =>
        basis is RetentionStart.CreateTime or RetentionStart.HeadTime;

    private static bool IsTakenBy(RetentionPolicyRecord policy, RetentionVerdict verdict) =>
        verdict.Cause is RetentionCause.Ended or RetentionCause.Held or RetentionCause.WrittenTo
        && verdict.Terms?.Policy == policy.Name;

    private static DendriteException TooBroad(RetentionPolicyRecord policy, string problem) =>
        new(
            ErrorReason.RetentionTooBroad,
            $"Policy '{policy.Name}' {problem}. Give it warn_before, so that owners are warned first, or narrow its "
                + "filter, or keep longer; or make it disabled and look at PreviewRetention."
        );
}
