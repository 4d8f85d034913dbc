using Dendrite.SchedulerService.Retention;
using Dendrite.Storage.Retention;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Retention;

/// <summary>The rule by examples; <see cref="RetentionModelTests"/> compares it with a model.</summary>
public sealed class RetentionRuleTests
{
    private static readonly DateTimeOffset Made = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly RetentionTerms Completed = new("completed", RetentionStart.ExperimentEnd, Week);
    private static readonly RetentionTerms Old = new("old", RetentionStart.CreateTime, Week);
    private static readonly BranchFacts Branch = new(Made);

    [Fact]
    public void A_branch_goes_when_its_time_is_up_and_not_a_tick_before()
    {
        Assert.Equal(RetentionAction.Keep, ActionAt(Made + Week - Tick, Branch, Old));
        Assert.Equal(RetentionAction.Delete, ActionAt(Made + Week, Branch, Old));
    }

    [Fact]
    public void Of_several_policies_the_one_that_keeps_longest_decides()
    {
        var longer = Old with { Policy = "longer", Keep = Week + Day };
        var verdict = At(Made + Week, Branch, longer, Old);
        Assert.Equal((RetentionAction.Keep, "longer"), (verdict.Action, verdict.Terms!.Policy));
        Assert.Equal(Made + Week + Day, verdict.Due);
        Assert.Equal(RetentionAction.Delete, ActionAt(Made + Week + Day, Branch, Old, longer));
    }

    [Fact]
    public void Of_two_that_keep_equally_long_the_first_by_name_decides()
    {
        var same = Old with { Policy = "also" };
        Assert.Equal("also", At(Made + Week, Branch, Old, same).Terms!.Policy);
    }

    [Fact]
    public void A_running_experiment_is_never_taken_by_its_end()
    {
        var verdict = At(DateTimeOffset.MaxValue, Branch, Completed);
        Assert.Equal((RetentionAction.Keep, RetentionCause.NotBegun), (verdict.Action, verdict.Cause));
        Assert.Null(verdict.Due);
        // Not even where another policy's time has come: the one that keeps longest applies.
        Assert.Equal(RetentionAction.Keep, ActionAt(Made + (10 * Week), Branch, Completed, Old));
    }

    [Fact]
    public void A_commit_of_before_the_fork_is_not_the_branchs_own()
    {
        var byHead = Old with { Basis = RetentionStart.HeadTime };
        Assert.Equal(RetentionAction.Delete, ActionAt(Made + Week, Branch with { HeadTime = Made - Week }, byHead));
        Assert.Equal(RetentionAction.Keep, ActionAt(Made + Week, Branch with { HeadTime = Made + Day }, byHead));
        Assert.Equal(RetentionAction.Delete, ActionAt(Made + Week, Branch with { HeadTime = null }, byHead));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Main_and_protected_branches_are_never_taken(bool isMain, bool isProtected)
    {
        var branch = Branch with { IsMain = isMain, IsProtected = isProtected, ExpireTime = Made };
        Assert.Equal(RetentionAction.Keep, ActionAt(DateTimeOffset.MaxValue, branch, Old));
        Assert.Equal(RetentionAction.Keep, ActionAt(DateTimeOffset.MaxValue, branch));
    }

    [Fact]
    public void A_tagged_branch_goes_only_where_every_policy_that_matches_takes_tagged_ones()
    {
        var tagged = Branch with { Tag = "v1" };
        var taking = Old with { Policy = "taking", IncludeTagged = true };
        Assert.Equal(RetentionAction.Keep, ActionAt(Made + (99 * Week), tagged, Old));
        Assert.Equal(RetentionAction.Keep, ActionAt(Made + (99 * Week), tagged, Old, taking));
        Assert.Equal(RetentionAction.Delete, ActionAt(Made + Week, tagged, taking));
        // An expiry says nothing of tags.
        var expiring = tagged with
        {
            ExpireTime = Made + Day,
        };
        Assert.Equal(RetentionCause.Tagged, At(Made + Week, expiring).Cause);
        Assert.Equal(RetentionAction.Delete, ActionAt(Made + Week, expiring, taking));
    }

    [Fact]
    public void An_owner_extends_by_an_expiry_and_never_shortens_by_one()
    {
        var extended = Branch with { ExpireTime = Made + Week + Day };
        Assert.Equal(RetentionAction.Keep, ActionAt(Made + Week, extended, Old));
        var verdict = At(Made + Week + Day, extended, Old);
        Assert.Equal((RetentionAction.Delete, null), (verdict.Action, verdict.Terms));
        Assert.Equal(RetentionAction.Keep, ActionAt(Made + Day, Branch with { ExpireTime = Made + Day }, Old));
        Assert.Equal(RetentionAction.Delete, ActionAt(Made + Day, Branch with { ExpireTime = Made + Day }));
    }

    [Fact]
    public void A_restored_branch_begins_a_new_term()
    {
        var restored = Branch with { RestoreTime = Made + Week + Day };
        Assert.Equal(RetentionAction.Keep, ActionAt(Made + Week + Day, restored, Old));
        Assert.Equal(RetentionAction.Delete, ActionAt(Made + Week + Day + Week, restored, Old));
    }

    [Fact]
    public void An_owner_is_warned_and_the_branch_goes_when_the_warning_has_had_its_time()
    {
        var warning = Old with { WarnBefore = Day };
        var end = Made + Week;
        Assert.Equal(RetentionCause.NotYet, At(end - Day - Tick, Branch, warning).Cause);
        var first = At(end - Day, Branch, warning);
        Assert.Equal((RetentionAction.Warn, end, null), (first.Action, first.Due, first.WarnedAt));

        var warned = Branch with { Notice = new(end, end - Day) };
        var again = At(end - Tick, warned, warning);
        Assert.Equal((RetentionAction.Warn, end - Day), (again.Action, again.WarnedAt));
        Assert.Equal(RetentionAction.Delete, ActionAt(end, warned, warning));
    }

    [Fact]
    public void Nothing_goes_without_the_warning_that_its_policy_promises()
    {
        var warning = Old with { WarnBefore = Day };
        var late = Made + (3 * Week);
        var first = At(late, Branch, warning);
        Assert.Equal((RetentionAction.Warn, late + Day), (first.Action, first.Due));
        var warned = Branch with { Notice = new(Made + Week, late) };
        Assert.Equal(RetentionAction.Warn, ActionAt(late + Day - Tick, warned, warning));
        Assert.Equal(RetentionAction.Delete, ActionAt(late + Day, warned, warning));
        // A warning of another end is none of this one.
        var other = Branch with
        {
            Notice = new(Made + Day, Made),
        };
        Assert.Equal(RetentionAction.Warn, ActionAt(late, other, warning));
    }

    [Fact]
    public void A_look_ahead_assumes_that_owners_are_warned_in_time()
    {
        var warning = Old with { WarnBefore = Day };
        var moment = new RetentionMoment(Made + Week, TimeSpan.Zero) { WarnsFrom = Made };
        Assert.Equal(RetentionAction.Delete, RetentionRule.Judge(Branch, [warning], moment).Action);
        // Seen from when it is late already, the warning still takes its time.
        var late = new RetentionMoment(Made + (2 * Week), TimeSpan.Zero) { WarnsFrom = Made + (2 * Week) - (Day / 2) };
        Assert.Equal(RetentionAction.Warn, RetentionRule.Judge(Branch, [warning], late).Action);
    }

    [Fact]
    public void Whoever_works_on_a_branch_is_waited_for()
    {
        var held = Branch with { HeldBy = "a gateway streams into it" };
        Assert.Equal(RetentionAction.Wait, ActionAt(Made + Week, held, Old));
        Assert.Equal(RetentionAction.Keep, ActionAt(Made + Week - Tick, held, Old));
        var written = Branch with { HeadTime = Made + Week - TimeSpan.FromMinutes(59) };
        Assert.Equal(RetentionCause.WrittenTo, At(Made + Week, written, Old).Cause);
        // Also by a commit that came after the instant for which is judged.
        Assert.Equal(
            RetentionCause.WrittenTo,
            At(Made + Week, Branch with { HeadTime = Made + (2 * Week) }, Old).Cause
        );
        var quiet = Branch with { HeadTime = Made + Week - TimeSpan.FromHours(1) };
        Assert.Equal(RetentionAction.Delete, ActionAt(Made + Week, quiet, Old));
    }

    [Fact]
    public void A_deleted_branch_goes_for_good_when_it_was_said()
    {
        var verdict = At(Made + Week, Branch with { PurgeTime = Made + Day, IsProtected = true }, Old);
        Assert.Equal((RetentionAction.Purge, Made + Day), (verdict.Action, verdict.Due));
    }

    [Fact]
    public void What_ends_beyond_all_dates_ends_never()
    {
        var forEver = Old with { Keep = DateTimeOffset.MaxValue - Made };
        Assert.Null(At(DateTimeOffset.MaxValue, Branch, forEver).Due);
        Assert.Equal(RetentionAction.Keep, ActionAt(DateTimeOffset.MaxValue, Branch, forEver));
        // The first instant that there is, with a quiet time before it.
        Assert.Equal(RetentionAction.Keep, ActionAt(DateTimeOffset.MinValue, Branch with { HeadTime = Made }, Old));
    }

    [Fact]
    public void What_no_policy_matches_and_has_no_expiry_is_none_of_retentions()
    {
        Assert.Equal(RetentionCause.Unmatched, At(DateTimeOffset.MaxValue, Branch).Cause);
    }

    private static RetentionVerdict At(DateTimeOffset now, BranchFacts branch, params RetentionTerms[] matching) =>
        RetentionRule.Judge(branch, matching, new(now, TimeSpan.FromHours(1)));

    private static RetentionAction ActionAt(DateTimeOffset now, BranchFacts branch, params RetentionTerms[] matching) =>
        At(now, branch, matching).Action;
}
