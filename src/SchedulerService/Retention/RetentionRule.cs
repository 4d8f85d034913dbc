using Dendrite.V1;

namespace Dendrite.SchedulerService.Retention;

/// <summary>What retention does about a branch, and why: pure, so that every case can be tested.</summary>
internal static class RetentionRule
{
    /// <param name="quietTime">How long a branch must have been left alone.</param>
    public static RetentionVerdict Judge(Branch branch, DateTimeOffset now, TimeSpan quietTime)
    {
        if (branch.ExpireTime is null)
            return RetentionVerdict.KeepUnlimited;
        if (branch.Protected)
            return RetentionVerdict.KeepProtected;
        if (branch.DeleteTime is not null)
            return RetentionVerdict.KeepDeleted;
        if (branch.ExpireTime.ToDateTimeOffset() > now)
            return RetentionVerdict.KeepUnexpired;
        if (branch.HeadTime is not null && branch.HeadTime.ToDateTimeOffset() > now - quietTime)
            return RetentionVerdict.KeepBusy;
        return RetentionVerdict.Delete;
    }
}

/// <summary>What becomes of a branch.</summary>
internal enum RetentionVerdict
{
    /// <summary>It never expires.</summary>
    KeepUnlimited,

    /// <summary>It is protected, whatever else is said of it.</summary>
    KeepProtected,

    /// <summary>It is gone already.</summary>
    KeepDeleted,

    /// <summary>Its time is not up.</summary>
    KeepUnexpired,

    /// <summary>Its time is up, and somebody has just written to it: the next run looks again.</summary>
    KeepBusy,

    /// <summary>Its time is up.</summary>
    Delete,
}
