namespace Dendrite.SchedulerService.Times;

/// <summary>A time that a schedule names.</summary>
/// <param name="Time">When it is.</param>
/// <param name="RunTime">
/// The time that names its run: its own, but for a later attempt of a day, which is of the run of the day's first.
/// </param>
internal readonly record struct DueTime(DateTimeOffset Time, DateTimeOffset RunTime)
{
    public DueTime(DateTimeOffset time)
        : this(time, time) { }

    /// <summary>Whether a run begins with it.</summary>
    public bool IsFirst => Time == RunTime;
}

/// <summary>The times that a trigger names, without end where it has none. Pure: nobody's clock is read.</summary>
internal interface IDueTimes
{
    /// <summary>Those after an instant, in order; two runs may be due at the same one.</summary>
    IEnumerable<DueTime> After(DateTimeOffset instant);
}
