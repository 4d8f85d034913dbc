using Dendrite.SchedulerService.Retention;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Tests.Retention;

public sealed class RetentionRuleTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 2, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Quiet = TimeSpan.FromHours(1);

    [Fact]
    public void A_branch_goes_when_its_time_is_up_and_not_a_moment_earlier()
    {
        Assert.Equal(RetentionVerdict.Delete, Judge(new Branch { ExpireTime = Now.ToTimestamp() }));
        var later = new Branch { ExpireTime = (Now + TimeSpan.FromTicks(10)).ToTimestamp() };
        Assert.Equal(RetentionVerdict.KeepUnexpired, Judge(later));
        Assert.Equal(RetentionVerdict.KeepUnlimited, Judge(new Branch()));
    }

    [Fact]
    public void A_protected_branch_never_goes()
    {
        var branch = new Branch { ExpireTime = DateTimeOffset.UnixEpoch.ToTimestamp(), Protected = true };
        Assert.Equal(RetentionVerdict.KeepProtected, Judge(branch));
    }

    [Fact]
    public void A_deleted_branch_is_not_deleted_again()
    {
        var expired = DateTimeOffset.UnixEpoch.ToTimestamp();
        Assert.Equal(RetentionVerdict.KeepDeleted, Judge(new Branch { ExpireTime = expired, DeleteTime = expired }));
    }

    [Fact]
    public void A_branch_that_was_just_written_to_is_left_until_it_is_quiet()
    {
        var branch = new Branch { ExpireTime = DateTimeOffset.UnixEpoch.ToTimestamp(), HeadTime = Now.ToTimestamp() };
        Assert.Equal(RetentionVerdict.KeepBusy, Judge(branch));
        branch.HeadTime = (Now - Quiet).ToTimestamp();
        Assert.Equal(RetentionVerdict.Delete, Judge(branch));
    }

    private static RetentionVerdict Judge(Branch branch) => RetentionRule.Judge(branch, Now, Quiet);
}
