namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>Cuts a range of time at the beginnings of calendar months, in UTC. Pure.</summary>
internal static class BackfillMonths
{
    /// <summary>Longest range, in months: a century.</summary>
    public const int MaxMonths = 1_200;

    /// <summary>The parts, half-open, in order, without a gap; the first and the last may be shorter than a month.
    /// </summary>
    public static IEnumerable<(DateTimeOffset From, DateTimeOffset Until)> Cut(
        DateTimeOffset from,
        DateTimeOffset until
    )
    {
        from = from.ToUniversalTime();
        until = until.ToUniversalTime();
        while (from < until)
        {
            var next = new DateTimeOffset(from.Year, from.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1);
            var end = next < until ? next : until;
            yield return (from, end);
            from = end;
        }
    }
}
