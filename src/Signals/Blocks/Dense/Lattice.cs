namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// Samples that are <c>floor(number x step + offset)</c> for a step above 1: what remains of a converter with fewer
/// bits after its numbers were scaled to fill sixteen, as exporters to EDF do. Each step of 2^k saves k bits a sample.
/// </summary>
internal sealed class Lattice
{
    // The seed: values near each other on the lattice.
    private const int LeastSeed = 8;
    private const int MostSteps = 4;
    private const double LeastStep = 1.1;
    private const int MostBits = 39;

    private readonly int[] indexes;

    private Lattice(SampleMap map, int[] indexes)
    {
        Map = map;
        this.indexes = indexes;
    }

    public SampleMap Map { get; }

    /// <summary>The lattice on which values lie, or null.</summary>
    /// <param name="values">Distinct, ascending.</param>
    public static Lattice? Find(int[] values)
    {
        if (values.Length < 2)
        {
            return null;
        }
        int[] gaps = [.. values.Skip(1).Zip(values, (next, value) => next - value)];
        int divisor = gaps.Aggregate(Divisor);
        return divisor > 1 ? Whole(values, divisor) : Fractional(values, gaps);
    }

    /// <summary>The number of each sample.</summary>
    /// <param name="samples">Each one of the values.</param>
    /// <param name="values">Those that the lattice was found for.</param>
    public short[] Numbers(ReadOnlySpan<short> samples, int[] values)
    {
        var numberOf = new short[1 << 16];
        for (int i = 0; i < values.Length; i++)
        {
            numberOf[values[i] - short.MinValue] = (short)indexes[i];
        }
        var numbers = new short[samples.Length];
        for (int i = 0; i < samples.Length; i++)
        {
            numbers[i] = numberOf[samples[i] - short.MinValue];
        }
        return numbers;
    }

    private static int Divisor(int a, int b) => b == 0 ? a : Divisor(b, a % b);

    private static Lattice Whole(int[] values, int step)
    {
        int middle = values[values.Length / 2];
        int[] indexes = [.. values.Select(value => (value - middle) / step)];
        return new(new(SampleMapKind.Lattice, (long)step << 24, (long)middle << 24), indexes);
    }

    private static Lattice? Fractional(int[] values, int[] gaps)
    {
        double step = CommonGap(gaps);
        if (step < LeastStep)
        {
            return null;
        }
        var indexes = new int[values.Length];
        var (start, length) = Seed(gaps, step, indexes);
        return length < LeastSeed ? null : Exact(values, indexes, Number(values, indexes, start, length));
    }

    /// <summary>
    /// The mean of the commonest gap and the commoner of its neighbours: by rounding, one step spans either of two.
    /// </summary>
    private static double CommonGap(int[] gaps)
    {
        var counts = gaps.CountBy(gap => gap).ToDictionary();
        int common = counts.MaxBy(entry => (entry.Value, -entry.Key)).Key;
        int below = counts.GetValueOrDefault(common - 1);
        int above = counts.GetValueOrDefault(common + 1);
        int other = below > above ? common - 1 : common + 1;
        double count = counts[common];
        double others = Math.Max(below, above);
        return ((common * count) + (other * others)) / (count + others);
    }

    /// <summary>
    /// The longest run of gaps that are whole numbers of steps but for rounding; numbers its values from 0.
    /// </summary>
    private static (int Start, int Length) Seed(int[] gaps, double step, int[] indexes)
    {
        var best = (Start: 0, Length: 0);
        int start = 0;
        for (int i = 0; i <= gaps.Length; i++)
        {
            int most = step < MostSteps ? 1 : MostSteps;
            if (i < gaps.Length && Steps(gaps[i], step, out double off) <= most && off < 1)
            {
                continue;
            }
            best = i - start > best.Length ? (start, i - start) : best;
            start = i + 1;
        }
        for (int i = best.Start; i < best.Start + best.Length; i++)
        {
            indexes[i + 1] = indexes[i] + Steps(gaps[i], step, out _);
        }
        return best;
    }

    private static int Steps(int gap, double step, out double off)
    {
        int steps = Math.Max(1, (int)Math.Round(gap / step));
        off = Math.Abs(gap - (steps * step));
        return steps;
    }

    /// <summary>
    /// Gives each value its place, from the seed outwards; the step becomes more exact with the distance covered.
    /// </summary>
    /// <returns>The step.</returns>
    private static double Number(int[] values, int[] indexes, int start, int length)
    {
        int from = start;
        int to = start + length;
        while (from > 0 || to < values.Length - 1)
        {
            // Half as far again as is known: there the step found so far is off by a small part of itself.
            double reach = 0.5 * (values[to] - values[from]);
            var (step, offset) = Line(values, indexes, from, to);
            var (low, high) = (values[from] - reach, values[to] + reach);
            int before = to - from;
            for (; from > 0 && values[from - 1] >= low; from--)
            {
                indexes[from - 1] = (int)Math.Round((values[from - 1] + 0.5 - offset) / step);
            }
            for (; to < values.Length - 1 && values[to + 1] <= high; to++)
            {
                indexes[to + 1] = (int)Math.Round((values[to + 1] + 0.5 - offset) / step);
            }
            if (to - from == before)
            {
                // A gap wider than that: take one value on the nearer side.
                bool left =
                    from > 0
                    && (to == values.Length - 1 || values[from] - values[from - 1] < values[to + 1] - values[to]);
                int next = left ? --from : ++to;
                indexes[next] = (int)Math.Round((values[next] + 0.5 - offset) / step);
            }
        }
        return Line(values, indexes, from, to).Step;
    }

    /// <summary>The straight line through places and the middles of values.</summary>
    private static (double Step, double Offset) Line(int[] values, int[] indexes, int from, int to)
    {
        double count = to - from + 1;
        double meanIndex = 0;
        double meanValue = 0;
        for (int i = from; i <= to; i++)
        {
            meanIndex += indexes[i] / count;
            meanValue += (values[i] + 0.5) / count;
        }
        double product = 0;
        double square = 0;
        for (int i = from; i <= to; i++)
        {
            product += (indexes[i] - meanIndex) * (values[i] + 0.5 - meanValue);
            square += (indexes[i] - meanIndex) * (indexes[i] - meanIndex);
        }
        double step = product / square;
        return (step, meanValue - (step * meanIndex));
    }

    /// <summary>
    /// Finds step and offset in units of 2^-24 that give every value exactly. Room for the offset is a concave function
    /// of the step: its top is found by thirds.
    /// </summary>
    private static Lattice? Exact(int[] values, int[] indexes, double step)
    {
        int middle = indexes[^1] / 2 + indexes[0] / 2;
        for (int i = 0; i < indexes.Length; i++)
        {
            indexes[i] -= middle;
            if (indexes[i] != (short)indexes[i] || (i > 0 && indexes[i] <= indexes[i - 1]))
            {
                return null;
            }
        }
        long around = (long)(step * (1 << SampleMap.FractionBits));
        long slack = (2L << SampleMap.FractionBits) / (indexes[^1] - indexes[0]) + 2;
        var (low, high) = (around - slack, around + slack);
        while (high - low > 2)
        {
            long third = (high - low) / 3;
            if (Room(values, indexes, low + third, out _) < Room(values, indexes, high - third, out _))
            {
                low += third;
            }
            else
            {
                high -= third;
            }
        }
        for (long exact = low; exact <= high; exact++)
        {
            bool fits = Room(values, indexes, exact, out long offset) > 0 && exact >> (MostBits + 1) == 0;
            if (fits && offset >> MostBits is 0 or -1)
            {
                return new(new(SampleMapKind.Lattice, exact, offset), indexes);
            }
        }
        return null;
    }

    /// <summary>How many offsets give every value with this step; the least of them.</summary>
    private static long Room(int[] values, int[] indexes, long step, out long offset)
    {
        long least = long.MinValue;
        long most = long.MaxValue;
        for (int i = 0; i < values.Length; i++)
        {
            long base0 = ((long)values[i] << SampleMap.FractionBits) - (indexes[i] * step);
            least = Math.Max(least, base0);
            most = Math.Min(most, base0 + (1L << SampleMap.FractionBits));
        }
        offset = least;
        return most - least;
    }
}
