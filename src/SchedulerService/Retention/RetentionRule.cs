using Dendrite.Storage.Retention;

namespace Dendrite.SchedulerService.Retention;

/// <summary>
/// What retention does about a branch, and why: pure, so that every case can be tested.
/// </summary>
/// <remarks>
/// Each policy that matches gives an end: its basis plus how long it keeps. A basis that has not happened (an
/// experiment that runs), and a tag that the policy does not take, give none: for ever. The branch's own expiry is one
/// end more. The latest end counts, so a policy or an owner can lengthen a branch's time and never shorten it.
/// <code>
/// completed 1 Mar 15:00, 7 d, warned 1 d before      runs at 02:00
///
///  1 ─────────────────── 7 ──────── 8 ─────── 9
///  15:00 start           15:00      02:00     02:00
///                        warning    warns     deletes (end 8 Mar 15:00, and a day after the warning)
///                        may come
/// </code>
/// The warning is a promise: where an owner could not be warned in time, because the policy is new or nothing ran, the
/// warning comes first and the branch goes that much later.
/// </remarks>
internal static class RetentionRule
{
    /// <param name="matching">The policies that match the branch, without the disabled ones.</param>
    public static RetentionVerdict Judge(
        BranchFacts branch,
        IReadOnlyList<RetentionTerms> matching,
        RetentionMoment moment
    )
    {
        if (branch.PurgeTime is { } purge)
            return new(RetentionCause.Deleted) { Due = purge };
        if (matching.Count == 0 && branch.ExpireTime is null)
            return new(RetentionCause.Unmatched);
        var ended = Longest(branch, matching);
        if (branch.IsMain)
            return ended with { Cause = RetentionCause.Main, Due = null };
        if (branch.IsProtected)
            return ended with { Cause = RetentionCause.Protected, Due = null };
        return ended.End is { } end ? Judge(branch, ended, end, moment) : ended;
    }

    private static RetentionVerdict Judge(
        BranchFacts branch,
        RetentionVerdict ended,
        DateTimeOffset end,
        RetentionMoment moment
    )
    {
        var warnedAt = branch.Notice is { } notice && notice.Due == end ? notice.WarnTime : (DateTimeOffset?)null;
        var (warns, due) = (DateTimeOffset.MaxValue, end);
        if (ended.Terms?.WarnBefore is { } ahead)
        {
            warns = warnedAt ?? Later(end - ahead, moment.WarnsFrom);
            due = Later(end, warns + ahead);
        }

        var cause =
            moment.Instant >= due ? CauseOfEnded(branch, moment)
            : moment.Instant >= warns ? RetentionCause.EndsSoon
            : RetentionCause.NotYet;
        return ended with { Cause = cause, Due = due, WarnedAt = warnedAt };
    }

    private static RetentionCause CauseOfEnded(BranchFacts branch, RetentionMoment moment) =>
        branch.HeldBy is not null ? RetentionCause.Held
        : branch.HeadTime is { } head && moment.Instant - head < moment.QuietTime ? RetentionCause.WrittenTo
        : RetentionCause.Ended;

    /// <summary>The end that counts: the latest; of equal ones that of the first policy by id.</summary>
    private static RetentionVerdict Longest(BranchFacts branch, IReadOnlyList<RetentionTerms> matching)
    {
        var longest = branch.ExpireTime is { } expiry ? OfExpiry(branch, expiry, matching.Count == 0) : null;
        foreach (var terms in matching.OrderBy(terms => terms.Policy, StringComparer.Ordinal))
        {
            var candidate = EndBy(branch, terms);
            if (longest is null || IsLonger(candidate, longest))
                longest = candidate;
        }

        return longest!;
    }

    /// <summary>A policy decides before an expiry of the same instant: it knows about warnings.</summary>
    private static bool IsLonger(RetentionVerdict candidate, RetentionVerdict longest) =>
        longest.End is { } end
        && (candidate.End is not { } other || other > end || (other == end && longest.Terms is null));

    /// <summary>Where no policy says that a tagged branch may go, it does not.</summary>
    private static RetentionVerdict OfExpiry(BranchFacts branch, DateTimeOffset expiry, bool isAlone) =>
        isAlone && branch.Tag is not null
            ? new(RetentionCause.Tagged) { Start = expiry }
            : new(RetentionCause.NotYet) { Start = expiry, End = expiry };

    private static RetentionVerdict EndBy(BranchFacts branch, RetentionTerms terms)
    {
        if (StartOf(branch, terms.Basis) is not { } basis)
            return new(RetentionCause.NotBegun) { Terms = terms };
        var start = Later(basis, branch.RestoreTime ?? basis);
        if (branch.Tag is not null && !terms.IncludeTagged)
            return new(RetentionCause.Tagged) { Terms = terms, Start = start };
        // What ends beyond all dates ends never.
        return DateTimeOffset.MaxValue - start <= terms.Keep
            ? new(RetentionCause.NotYet) { Terms = terms, Start = start }
            : new(RetentionCause.NotYet)
            {
                Terms = terms,
                Start = start,
                End = start + terms.Keep,
            };
    }

    private static DateTimeOffset? StartOf(BranchFacts branch, RetentionStart basis) =>
        basis switch
        {
            RetentionStart.CreateTime => branch.CreateTime,
            // A head of before the fork is the parent's commit, not one of its own.
            RetentionStart.HeadTime => Later(branch.CreateTime, branch.HeadTime ?? branch.CreateTime),
            RetentionStart.ExperimentEnd => branch.ExperimentEnd,
            RetentionStart.ExpireTime => branch.ExpireTime,
            _ => throw new ArgumentOutOfRangeException(nameof(basis), basis, "no such basis"),
        };

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
