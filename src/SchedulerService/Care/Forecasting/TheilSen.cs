namespace Dendrite.SchedulerService.Care.Forecasting;

/// <summary>
/// A line through readings that single wild ones do not move: its slope is the median of the slopes between all pairs.
/// <para>
/// Storage does not grow smoothly: a restore, a purge, a full replica that was copied back are jumps, and a line of
/// least squares follows each of them. Up to 29 % of the readings can be arbitrary here before the slope is.
/// </para>
/// </summary>
/// <remarks>
/// Theil, "A rank-invariant method of linear and polynomial regression analysis" (1950); the interval is that of Sen,
/// "Estimates of the regression coefficient based on Kendall's tau", J. Am. Stat. Assoc. 63 (1968) 1379-1389, with the
/// variance of Kendall's S for tied values. It takes the errors of readings for independent: of a figure that wanders,
/// the true interval is wider.
/// </remarks>
internal static class TheilSen
{
    /// <summary>In how many of a hundred cases the interval holds the true slope.</summary>
    public const double Confidence = 0.95;

    /// <summary>Readings beyond these are thinned evenly: 32,000 pairs, a few milliseconds.</summary>
    public const int MaxReadings = 256;

    /// <summary>Quantile of the normal distribution for <see cref="Confidence"/>.</summary>
    private const double Z = 1.959964;

    /// <summary>Null where fewer than two readings have different times.</summary>
    /// <param name="readings">In any order.</param>
    public static Trend? Fit(IReadOnlyCollection<Reading> readings)
    {
        var ordered = Thin([.. readings.OrderBy(reading => reading.Time)]);
        var slopes = PairSlopes(ordered);
        if (slopes.Length == 0)
        {
            return null;
        }

        Array.Sort(slopes);
        var slope = MedianOfSorted(slopes);
        var (low, high) = Interval(slopes, ordered);
        return new(slope, low, high)
        {
            Count = ordered.Length,
            First = ordered[0].Time,
            Last = ordered[^1].Time,
            Level = Median(ordered.Select(each => each.Value + (slope * DaysBetween(each.Time, ordered[^1].Time)))),
        };
    }

    /// <summary>The middle of some values; of an even number the mean of both in the middle. Not for none.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return MedianOfSorted(sorted);
    }

    private static Reading[] Thin(Reading[] ordered)
    {
        if (ordered.Length <= MaxReadings)
        {
            return ordered;
        }

        // The first and the last stay: they say most of a slope.
        var step = (ordered.Length - 1.0) / (MaxReadings - 1);
        return [.. Enumerable.Range(0, MaxReadings).Select(i => ordered[(int)Math.Round(i * step)])];
    }

    private static double[] PairSlopes(Reading[] ordered)
    {
        var slopes = new List<double>(ordered.Length * (ordered.Length - 1) / 2);
        for (var i = 0; i < ordered.Length; i++)
        {
            for (var j = i + 1; j < ordered.Length; j++)
            {
                var days = DaysBetween(ordered[i].Time, ordered[j].Time);
                if (days > 0)
                {
                    slopes.Add((ordered[j].Value - ordered[i].Value) / days);
                }
            }
        }

        return [.. slopes];
    }

    private static (double Low, double High) Interval(double[] slopes, Reading[] ordered)
    {
        var reach = Z * Math.Sqrt(VarianceOfS(ordered));
        // Sen counts slopes from 1: of N, the lower bound is number (N - C) / 2, the upper (N + C) / 2 + 1.
        var low = (int)Math.Floor((slopes.Length - reach) / 2) - 1;
        var high = (int)Math.Ceiling((slopes.Length + reach) / 2);
        return (slopes[Math.Clamp(low, 0, slopes.Length - 1)], slopes[Math.Clamp(high, 0, slopes.Length - 1)]);
    }

    /// <summary>Of Kendall's S: what would be expected of readings without any trend.</summary>
    private static double VarianceOfS(Reading[] ordered)
    {
        static double Term(double n) => n * (n - 1) * ((2 * n) + 5);
        var ties = ordered.GroupBy(each => each.Value).Sum(group => Term(group.Count()));
        return Math.Max(0, (Term(ordered.Length) - ties) / 18);
    }

    private static double MedianOfSorted(double[] sorted) =>
        sorted.Length % 2 == 1
            ? sorted[sorted.Length / 2]
            : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;

    private static double DaysBetween(DateTimeOffset from, DateTimeOffset to) => (to - from).TotalDays;
}
