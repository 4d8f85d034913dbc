namespace Dendrite.Signals.Formats.OpenBci;

/// <summary>
/// Finds lost samples by the numbers that the board gives them. A Cyton counts to 255 and begins again, a Daisy counts
/// by twos, on even or on odd numbers, newer boards differ; so the step is the commonest one, and a round goes from the
/// lowest number seen to the highest and one step on. Where numbers do not count evenly they prove nothing, and no
/// sample is called lost. A loss of whole rounds shows in the time stamps only, and a number that only seems to be one
/// of the next round has no time for it.
/// </summary>
internal sealed class OpenBciCounter
{
    private const int MaxCounts = 256;

    /// <summary>Steps other than the commonest are losses as long as they are rare.</summary>
    private const double LeastShare = 0.9;

    private readonly Dictionary<double, long> steps = [];
    private double lowest = double.PositiveInfinity;
    private double highest;
    private double? last;
    private long total;

    /// <summary>After so much the count begins again; infinite when it never does.</summary>
    public double Round { get; private set; } = double.PositiveInfinity;

    /// <summary>0 where numbers do not count evenly.</summary>
    public double Step { get; private set; }

    /// <summary>First reading: takes the next number.</summary>
    public void Learn(double number)
    {
        lowest = Math.Min(lowest, number);
        highest = Math.Max(highest, number);
        if (last is { } before && (steps.Count < MaxCounts || steps.ContainsKey(number - before)))
        {
            steps[number - before] = steps.GetValueOrDefault(number - before) + 1;
            total++;
        }
        last = number;
    }

    /// <summary>After the first reading.</summary>
    public void Settle()
    {
        last = null;
        if (total == 0)
        {
            return;
        }
        var (step, count) = steps.MaxBy(entry => entry.Value);
        bool turns = steps.Any(entry => entry.Key < 0);
        long back = steps.Where(entry => entry.Key < 0).Sum(entry => entry.Value);
        if (step <= 0 || count + back < LeastShare * total)
        {
            return;
        }
        Step = step;
        // Numbers of a byte, of which the last may have been lost.
        int byByte = highest is > 200 and <= MaxCounts - 1 ? MaxCounts : 0;
        Round = turns ? Math.Max(highest - lowest + step, byByte) : Round;
    }

    /// <summary>For another reading from the first row on.</summary>
    public OpenBciCounter Copy() => new() { Step = Step, Round = Round };

    /// <summary>
    /// Numbers that come again, or count in a round of their own after the first, look like the loss of most of a
    /// round. That takes its time; where the time stamps leave none, nothing was lost.
    /// </summary>
    private static bool IsRepeat(long lost, double perRound, double? samplesInTime) =>
        lost >= perRound / 2 && samplesInTime < lost / 4.0;

    /// <summary>Damage is kept out of the range in which integers overflow.</summary>
    private static long Whole(double number) => (long)Math.Round(Math.Clamp(number, -1e15, 1e15));

    /// <summary>
    /// Whether two rows that follow each other stand in the wrong order: by their numbers the second is due, and the
    /// first after it.
    /// </summary>
    public bool IsSwapped(double number, double? next) =>
        last is { } before && next is { } second && Follows(before, second) && Follows(second, number);

    /// <summary>Whether the row after one goes on as if this one had the number that is due.</summary>
    public bool IsMisnumbered(double number, double? next) =>
        last is { } before
        && next is { } second
        && !Follows(before, number)
        && !Follows(number, second)
        && Follows(before + Step, second);

    /// <summary>Takes a row to have the number that is due.</summary>
    public void Skip() => last += Step;

    private bool Follows(double before, double number)
    {
        double difference = number - before;
        return Step > 0 && (difference.Equals(Step) || (double.IsFinite(Round) && (difference + Round).Equals(Step)));
    }

    /// <summary>Samples lost between two rows.</summary>
    /// <param name="number">That of the later one.</param>
    /// <param name="seconds">Between their time stamps; null where there are none.</param>
    /// <param name="rateHz">Nominal.</param>
    public long Lost(double number, double? seconds, double rateHz)
    {
        if (last is not { } before || Step == 0)
        {
            last = number;
            return 0;
        }
        double difference = number - before;
        last = number;
        bool begunAgain = difference <= 0 && double.IsFinite(Round);
        // Part of a step is no sample.
        long lost = Math.Max(0, Whole(Math.Floor((difference + (begunAgain ? Round : 0)) / Step)) - 1);
        double perRound = Round / Step;
        if (begunAgain && IsRepeat(lost, perRound, seconds * rateHz))
        {
            return 0;
        }
        double missing = ((seconds ?? 0) * rateHz) - lost - 1;
        // Time stamps are those of the computer, late by what the radio and the port take.
        return double.IsFinite(perRound) && missing > 0.75 * perRound
            ? lost + Whole(Math.Round(missing / perRound) * perRound)
            : lost;
    }
}
