namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// Finds the linear prediction of a channel from its own past and from other channels: least squares, each sample
/// weighted by how quiet the residual is around it, because a residual costs bits by the logarithm of its size, not by
/// its square; unweighted, a few spikes or artefacts would decide for the whole recording. Floating point is fine
/// here: what is stored is the rounded result. Reusable; not thread-safe.
/// </summary>
internal sealed class PredictorFit
{
    /// <summary>How far references are looked at before and after the instant.</summary>
    public const int Reach = 2;

    /// <summary>The most references looked at.</summary>
    public const int MaxReferences = 8;

    private const int TapsOfReference = (2 * Reach) + 1;

    // Samples looked at, in runs spread over the channel: more of them change little and cost time.
    private const int MaxObservations = 16 * RunLength;
    private const int RunLength = 512;

    // A sample's surroundings reach so many samples to both sides.
    private const int Surroundings = 16;

    // Residuals are rounded to whole numbers, so none counts as smaller than this.
    private const double Rounding = 0.3;

    // What a stored coefficient and a stored reference take, roughly.
    private const double BitsOfTap = 9;
    private const double BitsOfReference = 8;

    private static readonly int[] Orders = [0, 2, 4, 8, 12, 16, 24, 32];
    private static readonly int[] ReferenceCounts = [0, 1, 2, 4, 6, 8];

    private readonly LeastSquares squares = new();
    private readonly double[] solution = new double[LagFilter.MaxOrder + (MaxReferences * TapsOfReference) + 1];
    private readonly int[] chosen = new int[LagFilter.MaxOrder + (MaxReferences * TapsOfReference) + 1];
    private readonly double[] residuals = new double[RunLength];
    private readonly double[] sums = new double[RunLength + 1];
    private readonly int[] changes = new int[RunLength + 1];
    private double[] rows = [];
    private int featureCount;
    private int observed;
    private int moving;

    /// <summary>The number of lags chosen.</summary>
    public int Order { get; private set; }

    /// <summary>How many of the references were taken: the first ones.</summary>
    public int ReferenceCount { get; private set; }

    /// <summary>Samples of each reference taken before and after the instant.</summary>
    public int ChosenReach { get; private set; }

    /// <summary>Lags, then the taps of each reference, earliest sample first.</summary>
    public ReadOnlySpan<double> Coefficients => solution.AsSpan(0, Order + (ReferenceCount * ((2 * ChosenReach) + 1)));

    /// <summary>
    /// What is added to the prediction, where all samples count from the first of their channel.
    /// </summary>
    public double Intercept => solution[ChosenCount - 1];

    /// <summary>
    /// The mean of what one unit of error in every coefficient adds to the residual's energy, relative to that energy:
    /// says how finely they have to be rounded.
    /// </summary>
    public double Sensitivity { get; private set; }

    /// <summary>Fits a channel.</summary>
    /// <param name="numbers">Of the channel.</param>
    /// <param name="references">The most telling first; at most <see cref="MaxReferences"/>.</param>
    public void Fit(ReadOnlySpan<short> numbers, ReferenceSet references)
    {
        featureCount = LagFilter.MaxOrder + (references.Count * TapsOfReference) + 1;
        Order = -1;
        for (int pass = 0; pass < 2; pass++)
        {
            squares.Begin(featureCount);
            (observed, moving) = (0, 0);
            int runs = Math.Max(1, Math.Min(numbers.Length / RunLength, MaxObservations / RunLength));
            for (int run = 0; run < runs; run++)
            {
                int start = (int)((long)run * numbers.Length / runs);
                int end =
                    runs * RunLength >= numbers.Length - RunLength
                        ? (int)((long)(run + 1) * numbers.Length / runs)
                        : start + RunLength;
                for (; start < end; start += RunLength)
                {
                    Observe(numbers, references, start, Math.Min(RunLength, end - start));
                }
            }
            Choose((int)((long)numbers.Length * moving / observed), references.Count);
        }
    }

    /// <summary>Adds a run of samples to the equations.</summary>
    private void Observe(ReadOnlySpan<short> numbers, ReferenceSet references, int start, int count)
    {
        int stride = squares.Stride;
        int needed = RunLength * stride;
        rows = rows.Length < needed ? new double[needed] : rows;
        for (int i = 0; i < count; i++)
        {
            var row = rows.AsSpan(i * stride, stride);
            row.Clear();
            for (int lag = 1; lag <= LagFilter.MaxOrder; lag++)
            {
                row[lag - 1] = numbers[Math.Max(0, start + i - lag)] - numbers[0];
            }
            references.Describe(start + i, Reach, row[LagFilter.MaxOrder..]);
            row[featureCount - 1] = 1;
            row[featureCount] = numbers[start + i] - numbers[0];
            changes[i + 1] = changes[i] + (start + i > 0 && numbers[start + i] != numbers[start + i - 1] ? 1 : 0);
            residuals[i] = Order < 0 ? Curvature(numbers, start + i) : Residual(row);
        }
        Weigh(count, stride);
        observed += count;
        int padded = (count + 3) / 4 * 4;
        rows.AsSpan(count * stride, (padded - count) * stride).Clear();
        for (int i = 0; i < padded; i += 4)
        {
            squares.AddFour(rows.AsSpan(i * stride, 4 * stride));
        }
    }

    /// <summary>Before anything is known: what the simplest predictor leaves.</summary>
    private static double Curvature(ReadOnlySpan<short> numbers, int at) =>
        numbers[at] - (2 * numbers[Math.Max(0, at - 1)]) + numbers[Math.Max(0, at - 2)];

    private double Residual(ReadOnlySpan<double> row)
    {
        double residual = row[featureCount];
        for (int i = 0; i < ChosenCount; i++)
        {
            residual -= solution[i] * row[chosen[i]];
        }
        return residual;
    }

    private int ChosenCount => Coefficients.Length + 1;

    /// <summary>
    /// Divides each observation by the mean magnitude of the residuals around it. Where the signal stands still,
    /// nothing is to be gained (<see cref="Scale.Held"/>), and the observation does not count.
    /// </summary>
    private void Weigh(int count, int stride)
    {
        for (int i = 0; i < count; i++)
        {
            sums[i + 1] = sums[i] + Math.Abs(residuals[i]);
        }
        for (int i = 0; i < count; i++)
        {
            int from = Math.Max(0, i - Surroundings);
            int to = Math.Min(count, i + Surroundings + 1);
            bool still = changes[to] == changes[from];
            double weight = still ? 0 : (to - from) / (sums[to] - sums[from] + (Rounding * (to - from)));
            moving += still ? 0 : 1;
            foreach (ref double value in rows.AsSpan(i * stride, featureCount + 1))
            {
                value *= weight;
            }
        }
    }

    /// <summary>
    /// Takes the number of lags, references and samples of each that makes the channel and the coefficients together
    /// smallest. One choice after the other: they depend little on each other.
    /// </summary>
    private void Choose(int samples, int references)
    {
        double best = double.PositiveInfinity;
        (Order, ReferenceCount, ChosenReach) = (0, 0, 0);
        int few = samples / 16;
        foreach (int count in ReferenceCounts.Where(count => count <= references))
        {
            Try((8, count, Math.Min(count, 1)), samples, ref best);
        }
        var (_, taken, reach) = (Order, ReferenceCount, ChosenReach);
        foreach (int order in Orders.Where(order => order <= few))
        {
            Try((order, taken, reach), samples, ref best);
        }
        if (taken > 0)
        {
            Try((Order, taken, 0), samples, ref best);
            Try((Order, taken, Reach), samples, ref best);
        }
        int features = Pick((Order, ReferenceCount, ChosenReach));
        double remaining = squares.Solve(chosen.AsSpan(0, features), solution);
        double sensitivity = 0;
        for (int i = 0; i < features - 1; i++)
        {
            sensitivity += squares.Energy(chosen[i]);
        }
        Sensitivity = sensitivity / Math.Max(remaining, 1e-9);
    }

    private void Try((int Order, int References, int Reach) choice, int samples, ref double best)
    {
        int features = Pick(choice);
        double remaining = squares.Solve(chosen.AsSpan(0, features), solution) + 1e-3;
        double cost =
            (samples * 0.5 * Math.Log2(remaining)) + (features * BitsOfTap) + (choice.References * BitsOfReference);
        if (cost < best)
        {
            best = cost;
            (Order, ReferenceCount, ChosenReach) = choice;
        }
    }

    /// <summary>Lists the features of a choice, the constant last; returns how many.</summary>
    private int Pick((int Order, int References, int Reach) choice)
    {
        int count = 0;
        for (int lag = 0; lag < choice.Order; lag++)
        {
            chosen[count++] = lag;
        }
        for (int reference = 0; reference < choice.References; reference++)
        {
            int middle = LagFilter.MaxOrder + (reference * TapsOfReference) + Reach;
            for (int tap = -choice.Reach; tap <= choice.Reach; tap++)
            {
                chosen[count++] = middle + tap;
            }
        }
        chosen[count++] = featureCount - 1;
        return count;
    }
}
