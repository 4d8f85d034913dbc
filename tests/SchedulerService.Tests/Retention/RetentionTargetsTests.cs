using Dendrite.Errors;
using Dendrite.SchedulerService.Retention;

namespace Dendrite.SchedulerService.Tests.Retention;

public sealed class RetentionTargetsTests
{
    [Theory]
    [InlineData("branch_id = \"main\"")]
    [InlineData("branch_id = \"projects/lab/branches/main\"")]
    [InlineData("branch_id : main")]
    [InlineData("kind = MAIN")]
    [InlineData("kind = EXPERIMENT OR kind = MAIN")]
    [InlineData("labels.site = \"x\" AND (state = ACTIVE AND branch_id = \"main\")")]
    [InlineData("NOT kind != MAIN")]
    [InlineData("NOT (NOT (kind = MAIN))")]
    [InlineData("protected = true")]
    [InlineData("protected != false")]
    [InlineData("-protected = false")]
    [InlineData("state = DELETED")]
    [InlineData("state = deleted")]
    public void A_filter_that_asks_for_what_is_never_taken_is_refused(string filter)
    {
        var refusal = Assert.Throws<DendriteException>(() => RetentionTargets.Check(filter, "the.field"));
        Assert.Equal(ErrorReason.InvalidArgument, refusal.Reason);
        Assert.Equal("the.field", Assert.Single(refusal.FieldViolations).Field);
    }

    [Theory]
    [InlineData("")]
    [InlineData("kind != MAIN")]
    [InlineData("NOT kind = MAIN")]
    [InlineData("-branch_id = \"main\"")]
    [InlineData("protected = false")]
    [InlineData("protected != true")]
    [InlineData("branch_id = \"main-*\"")]
    [InlineData("branch_id = \"mainly\"")]
    [InlineData("fork_point.branch = \"main\"")]
    [InlineData("labels.kind = \"MAIN\"")]
    [InlineData("state = ACTIVE")]
    public void A_filter_that_leaves_it_out_or_is_about_something_else_is_taken(string filter) =>
        Assert.Equal(filter, RetentionTargets.Check(filter, "the.field"));
}
