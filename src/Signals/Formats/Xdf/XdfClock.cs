namespace Dendrite.Signals.Formats.Xdf;

/// <summary>A measurement of a stream's clock.</summary>
/// <param name="FileOffset">Where its chunk begins.</param>
/// <param name="Seconds">When, by the stream's clock.</param>
/// <param name="Value">What to add to the stream's clock to get the recorder's.</param>
internal readonly record struct XdfClockOffset(long FileOffset, double Seconds, double Value);

/// <summary>
/// Turns the times of a stream's own clock into those of the recorder. Every few seconds the recorder measured the
/// difference, with an error of about the network's jitter. Interpolating between measurements would put that jitter
/// into the samples; so a line is fitted to each run of them, robustly (Huber), as two quartz clocks differ by an
/// offset and a drift. A new run begins where the clock was set: its time jumps and the measured difference jumps with
/// it.
/// </summary>
internal sealed class XdfClock
{
    /// <summary>Larger errors of measurement count linearly, not squared, in seconds.</summary>
    private const double HuberSeconds = 1e-4;
    private const double LeastTimeJumpSeconds = 5;
    private const double LeastValueJumpSeconds = 1;
    private const int FitRounds = 60;

    /// <summary>
    /// No clock shows more, whatever it counts from and in: to compute with larger numbers gives none in the end.
    /// </summary>
    private const double MostSeconds = 1e18;

    private readonly List<Run> runs = [];

    /// <param name="offsets">In the order of the file.</param>
    public XdfClock(IReadOnlyList<XdfClockOffset> offsets)
    {
        double usual = MedianStep(offsets);
        int start = 0;
        for (int i = 1; i <= offsets.Count; i++)
        {
            if (i == offsets.Count || IsReset(offsets[i - 1], offsets[i], usual))
            {
                runs.Add(Fit([.. offsets.Skip(start).Take(i - start)]));
                start = i;
            }
        }
    }

    /// <summary>Whether a clock can show it, or differ from another by it.</summary>
    public static bool IsTime(double seconds) => Math.Abs(seconds) <= MostSeconds;

    /// <summary>How often the clock was set.</summary>
    public int ResetCount => Math.Max(0, runs.Count - 1);

    /// <summary>
    /// The recorder's time, and the difference as measured nearest to it; none where it was never measured.
    /// </summary>
    /// <param name="seconds">The stream's time.</param>
    /// <param name="fileOffset">
    /// Where the sample stands in the file: its clock is that of the measurements around it.
    /// </param>
    public (double Seconds, double? Measured) Correct(double seconds, long fileOffset)
    {
        if (runs.Count == 0)
        {
            return (seconds, null);
        }
        var run = runs[Find(seconds, fileOffset)];
        return (seconds + run.Intercept + (run.Slope * (seconds - run.Center)), run.Nearest(seconds));
    }

    /// <summary>Which run's clock a sample was taken by; it changes where the clock was set.</summary>
    public int RunOf(double seconds, long fileOffset) => runs.Count == 0 ? 0 : Find(seconds, fileOffset);

    private int Find(double seconds, long fileOffset)
    {
        int around = Math.Max(0, SortedSearch.LastIndex(runs, run => run.Offsets[0].FileOffset <= fileOffset));
        // Near a reset samples may stand on the other side of the measurements of their clock.
        var nearby = Enumerable.Range(around - 1, 3).Where(index => index >= 0 && index < runs.Count);
        return nearby.MinBy(index => runs[index].Distance(seconds) + (index == around ? 0 : 1e-9));
    }

    private static bool IsReset(XdfClockOffset before, XdfClockOffset after, double usualStep)
    {
        double step = after.Seconds - before.Seconds;
        bool timeJumps = step < 0 || step > usualStep + LeastTimeJumpSeconds;
        return timeJumps && Math.Abs(after.Value - before.Value) > LeastValueJumpSeconds;
    }

    private static double MedianStep(IReadOnlyList<XdfClockOffset> offsets)
    {
        double[] steps = [.. offsets.Zip(offsets.Skip(1), (a, b) => b.Seconds - a.Seconds).Order()];
        return steps.Length == 0 ? 0 : steps[steps.Length / 2];
    }

    /// <summary>Least squares, repeated with less weight for what lies far off, until it hardly moves.</summary>
    private static Run Fit(XdfClockOffset[] offsets)
    {
        double center = offsets.Average(offset => offset.Seconds);
        double[] weights = [.. offsets.Select(_ => 1.0)];
        var (intercept, slope) = (0.0, 0.0);
        for (int round = 0; round < FitRounds; round++)
        {
            (intercept, slope) = Line(offsets, weights, center);
            for (int i = 0; i < offsets.Length; i++)
            {
                double error = offsets[i].Value - intercept - (slope * (offsets[i].Seconds - center));
                weights[i] = Math.Min(1, HuberSeconds / Math.Max(Math.Abs(error), double.Epsilon));
            }
        }
        return new(offsets, center, intercept, slope);
    }

    private static (double Intercept, double Slope) Line(XdfClockOffset[] offsets, double[] weights, double center)
    {
        double sum = weights.Sum();
        double meanX = offsets.Zip(weights, (o, w) => (o.Seconds - center) * w).Sum() / sum;
        double meanY = offsets.Zip(weights, (o, w) => o.Value * w).Sum() / sum;
        double xx = offsets.Zip(weights, (o, w) => w * Math.Pow(o.Seconds - center - meanX, 2)).Sum();
        double xy = offsets.Zip(weights, (o, w) => w * (o.Seconds - center - meanX) * (o.Value - meanY)).Sum();
        double slope = xx > 0 ? xy / xx : 0;
        return (meanY - (slope * meanX), slope);
    }

    private sealed record Run(XdfClockOffset[] Offsets, double Center, double Intercept, double Slope)
    {
        private readonly double first = Offsets.Min(offset => offset.Seconds);
        private readonly double last = Offsets.Max(offset => offset.Seconds);

        /// <summary>Seconds by which a time lies outside of the measurements.</summary>
        public double Distance(double seconds) => Math.Max(0, Math.Max(first - seconds, seconds - last));

        public double Nearest(double seconds)
        {
            int at = Array.BinarySearch(
                Offsets,
                new(0, seconds, 0),
                Comparer<XdfClockOffset>.Create((a, b) => a.Seconds.CompareTo(b.Seconds))
            );
            int after = Math.Min(at < 0 ? ~at : at, Offsets.Length - 1);
            int before = Math.Max(0, after - 1);
            bool isAfter = Math.Abs(Offsets[after].Seconds - seconds) <= Math.Abs(Offsets[before].Seconds - seconds);
            return Offsets[isAfter ? after : before].Value;
        }
    }
}
