namespace Dendrite.SchedulerService.Times;

/// <summary>
/// By a fixed distance from start to start, on a grid that an instant fixes: a late start moves none.
/// </summary>
/// <param name="anchor">A point of the grid.</param>
internal sealed class IntervalTimes(TimeSpan interval, DateTimeOffset anchor) : IDueTimes
{
    public IEnumerable<DueTime> After(DateTimeOffset instant)
    {
        var steps = Math.DivRem(instant.UtcTicks - anchor.UtcTicks, interval.Ticks, out var rest);
        // Division rounds towards zero; before the anchor that is the step after.
        var next = anchor.UtcTicks + ((rest < 0 ? steps : steps + 1) * interval.Ticks);
        for (; next <= DateTime.MaxValue.Ticks; next += interval.Ticks)
            if (next >= 0)
                yield return new(new DateTimeOffset(next, TimeSpan.Zero));
    }
}

/// <summary>Once.</summary>
internal sealed class OnceTimes(DateTimeOffset time) : IDueTimes
{
    public IEnumerable<DueTime> After(DateTimeOffset instant) => time > instant ? [new(time)] : [];
}

/// <summary>By no clock: after other jobs, or only when a caller says so.</summary>
internal sealed class NoTimes : IDueTimes
{
    public IEnumerable<DueTime> After(DateTimeOffset instant) => [];
}
