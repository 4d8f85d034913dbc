using Dendrite.SchedulerService.Times;

namespace Dendrite.SchedulerService.Care.Forecasting;

/// <summary>
/// When little is written: the hours of the day, by the clock on the wall of a zone, whose usual rate is low. An hour
/// is quiet where its median over the days is next to nothing, or in the lower part of the range of all hours. With too
/// few days known, those hours are quiet that the installation names. Pure.
/// </summary>
internal sealed class QuietTimes
{
    private const int HoursOfDay = 24;

    /// <summary>An hour is known when it was seen on so many days.</summary>
    private const int MinDays = 3;

    /// <summary>
    /// Of the way from the quietest hour to the busiest. Where all hours are alike, each is as good as another.
    /// </summary>
    private const double LowerPart = 0.25;

    /// <summary>A moment may be busier than what is usual by so much: rates of minutes waver.</summary>
    private const double MomentSlack = 1.5;

    private readonly WallClock wall;
    private readonly bool[] isQuiet;

    private QuietTimes(TimeZoneInfo zone, IReadOnlyList<HourRate> hours, QuietNeed need)
    {
        wall = new(zone);
        Hours = hours;
        IsLearned = hours.All(hour => hour.Days >= MinDays);
        Limit = IsLearned ? LimitOf(hours, need.IdleBytesPerSecond) : need.IdleBytesPerSecond;
        isQuiet = [.. hours.Select(hour => IsLearned ? hour.BytesPerSecond <= Limit : need.Hours.Contains(hour.Hour))];
    }

    /// <summary>The usual rate of each hour of the day, from 0 to 23.</summary>
    public IReadOnlyList<HourRate> Hours { get; }

    /// <summary>Whether the hours are known from what was written; else they are those that are configured.</summary>
    public bool IsLearned { get; }

    /// <summary>Bytes a second: an hour is quiet in which usually no more than this is written.</summary>
    public double Limit { get; }

    /// <summary>Looks at what was written over some days.</summary>
    /// <param name="rates">Bytes a second, at the middle of the time over which each was measured.</param>
    public static QuietTimes Of(IEnumerable<Reading> rates, TimeZoneInfo zone, QuietNeed need)
    {
        var wall = new WallClock(zone);
        var byHour = rates.Select(rate => (Wall: wall.WallOf(rate.Time), rate.Value)).ToLookup(rate => rate.Wall.Hour);
        var hours = Enumerable
            .Range(0, HoursOfDay)
            .Select(hour =>
            {
                // Of each day one figure: a day with many readings says no more than one with few.
                double[] days =
                [
                    .. byHour[hour]
                        .GroupBy(rate => rate.Wall.Date)
                        .Select(day => TheilSen.Median(day.Select(rate => rate.Value))),
                ];
                return new HourRate(hour, days.Length == 0 ? 0 : TheilSen.Median(days), days.Length);
            });
        return new(zone, [.. hours], need);
    }

    /// <summary>Whether now is a quiet hour, and no more is written than in one.</summary>
    /// <param name="bytesPerSecond">What is written now; null where nobody knows, and then the hour decides.</param>
    public bool IsQuietAt(DateTimeOffset instant, double? bytesPerSecond) =>
        isQuiet[wall.WallOf(instant).Hour] && !(bytesPerSecond > Limit * MomentSlack);

    /// <summary>When the next quiet hour begins, later than this instant; null where no hour is quiet.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset instant)
    {
        var hour = wall.WallOf(instant).Date.AddHours(wall.WallOf(instant).Hour);
        for (var step = 1; step <= HoursOfDay + 1; step++)
        {
            var next = hour.AddHours(step);
            // Where the clock is set back over it, its first instant has been already.
            if (isQuiet[next.Hour] && wall.FirstInstantOf(next) is var begin && begin > instant)
            {
                return begin;
            }
        }

        return null;
    }

    private static double LimitOf(IReadOnlyList<HourRate> hours, double idle)
    {
        var (least, most) = (hours.Min(hour => hour.BytesPerSecond), hours.Max(hour => hour.BytesPerSecond));
        return Math.Max(idle, least + (LowerPart * (most - least)));
    }
}

/// <summary>How much is usually written in an hour of the day.</summary>
/// <param name="Hour">0 to 23, by the wall.</param>
/// <param name="Days">On how many days it was seen; 0: the rate says nothing.</param>
internal readonly record struct HourRate(int Hour, double BytesPerSecond, int Days);

/// <summary>What counts as quiet before, and beside, what was learned.</summary>
/// <param name="Hours">Quiet hours of the day while too little is known.</param>
/// <param name="IdleBytesPerSecond">What is next to nothing.</param>
internal sealed record QuietNeed(IReadOnlySet<int> Hours, double IdleBytesPerSecond);
