namespace Dendrite.SchedulerService.Care.Forecasting;

/// <summary>When something that grows passes a limit.</summary>
/// <param name="Time">The expected instant; null but for <see cref="CrossingState.Expected"/>.</param>
/// <param name="Earliest">At the greatest slope of the interval; null where not even that passes it.</param>
/// <param name="Latest">At the least slope; null where that never passes it.</param>
internal sealed record Crossing(
    CrossingState State,
    DateTimeOffset? Time = null,
    DateTimeOffset? Earliest = null,
    DateTimeOffset? Latest = null
)
{
    /// <summary>What lies farther ahead than this is never: nobody's figures say anything of it.</summary>
    public static readonly TimeSpan Horizon = TimeSpan.FromDays(3_650);

    /// <param name="trend">Null where nothing can be said of growth.</param>
    /// <param name="level">Where it stands now.</param>
    /// <param name="limit">What it is not to pass; null where nobody knows.</param>
    public static Crossing Of(Trend? trend, double level, double? limit, DateTimeOffset now, HistoryNeed need)
    {
        if (limit is not { } bound)
        {
            return new(CrossingState.UnknownLimit);
        }

        if (level >= bound)
        {
            return new(CrossingState.Passed, now, now, now);
        }

        if (trend is null || trend.Count < need.Readings || trend.Last - trend.First < need.Span)
        {
            return new(CrossingState.TooLittleHistory);
        }

        var room = bound - level;
        var expected = After(now, room, trend.PerDay);
        return new(
            expected is null ? CrossingState.Never : CrossingState.Expected,
            expected,
            After(now, room, trend.HighPerDay),
            After(now, room, trend.LowPerDay)
        );
    }

    private static DateTimeOffset? After(DateTimeOffset now, double room, double perDay)
    {
        if (!(perDay > 0))
        {
            return null;
        }

        var days = room / perDay;
        return days <= Horizon.TotalDays ? now + TimeSpan.FromDays(days) : null;
    }
}

/// <summary>What a forecast says of a limit.</summary>
internal enum CrossingState
{
    /// <summary>It is passed already.</summary>
    Passed,

    /// <summary>It will be.</summary>
    Expected,

    /// <summary>Not at this rate, or not within <see cref="Crossing.Horizon"/>.</summary>
    Never,

    /// <summary>There are too few readings to say.</summary>
    TooLittleHistory,

    /// <summary>Nobody knows where the limit is.</summary>
    UnknownLimit,
}

/// <summary>How much must be known before anything is foretold.</summary>
/// <param name="Span">From the first reading to the last.</param>
internal readonly record struct HistoryNeed(int Readings, TimeSpan Span);
