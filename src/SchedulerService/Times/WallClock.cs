namespace Dendrite.SchedulerService.Times;

/// <summary>
/// Between instants and what clocks on the wall show in a time zone. Going from an instant to the wall is a matter of
/// the zone's table. The way back is where daylight saving bites: in spring some wall times never come, in autumn some
/// come twice. The contract decides: a time that is skipped is the next one that exists, a time that comes twice is its
/// first. So the way back is: the first instant at which the wall shows that time, or passes it.
/// </summary>
/// <remarks>
/// It asks only for offsets of instants, never <see cref="TimeZoneInfo.IsInvalidTime"/> and its like: those know
/// daylight saving and not the days on which a zone changes its standard offset, as Samoa did when it skipped
/// 2011-12-30. It holds for zones that change at most once in two days, which is all that ever were.
/// </remarks>
internal sealed class WallClock(TimeZoneInfo zone)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>What the wall shows; its kind is unspecified.</summary>
    public DateTime WallOf(DateTimeOffset instant) =>
        DateTime.SpecifyKind(Moved(instant.UtcDateTime, OffsetAt(instant.UtcDateTime)), DateTimeKind.Unspecified);

    /// <summary>The first instant at which the wall shows a time or, where it skips that, a later one.</summary>
    public DateTimeOffset FirstInstantOf(DateTime wall)
    {
        var (before, after) = (OffsetAt(Moved(wall, -Day)), OffsetAt(Moved(wall, Day)));
        var (larger, smaller) = before > after ? (before, after) : (after, before);
        // A larger offset is an earlier instant.
        var early = Moved(wall, -larger);
        if (OffsetAt(early) == larger)
            return Instant(early);
        var late = Moved(wall, -smaller);
        return Instant(OffsetAt(late) == smaller ? late : EndOfGap(early, late, larger));
    }

    /// <summary>The instant at which the clock jumps, between one before and one after it.</summary>
    private DateTime EndOfGap(DateTime before, DateTime after, TimeSpan offsetAfter)
    {
        // Zones change at whole seconds.
        var (low, high) = (0L, (long)(after - before).TotalSeconds);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (OffsetAt(before.AddSeconds(middle)) == offsetAfter)
                high = middle;
            else
                low = middle + 1;
        }

        var end = before.AddSeconds(low);
        return new DateTime(end.Ticks - (end.Ticks % TimeSpan.TicksPerSecond));
    }

    private TimeSpan OffsetAt(DateTime utc) => zone.GetUtcOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc));

    private static DateTimeOffset Instant(DateTime utc) => new(DateTime.SpecifyKind(utc, DateTimeKind.Utc));

    /// <summary>Moved, and kept within what a date can be.</summary>
    private static DateTime Moved(DateTime time, TimeSpan by) =>
        new(Math.Clamp(time.Ticks + by.Ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks));
}
