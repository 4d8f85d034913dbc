namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// Encodes one channel of 16-bit numbers densely: finds what the samples are numbers of, how they are predicted, and
/// how the residuals are coded. Reusable; not thread-safe.
/// </summary>
internal sealed class DenseChannelEncoder
{
    private const int MaxShift = 14;

    private readonly PredictorFit fit = new();
    private readonly ResidualCoder coder = new();
    private short[] residuals = [];

    /// <summary>The payload last made.</summary>
    public ReadOnlySpan<byte> Payload => coder.Payload;

    /// <summary>Whether it refers to other channels.</summary>
    public bool IsAcross { get; private set; }

    /// <summary>Encodes a channel to <see cref="Payload"/>.</summary>
    /// <param name="samples">Of the channel, or their differences.</param>
    /// <param name="channel">Its index in the block.</param>
    /// <param name="references">Channels of its group, before it, that may be referred to.</param>
    public void Encode(ReadOnlySpan<short> samples, int channel, ReferenceSet references)
    {
        var map = SampleMapFinder.Find(samples, out short[]? mapped);
        var numbers = mapped ?? samples;
        fit.Fit(numbers, references);
        var plan = new DensePlan
        {
            Order = fit.Order,
            Reach = fit.ChosenReach,
            Before = numbers[0],
            Map = map,
            References = stackalloc byte[fit.ReferenceCount],
            Taps = stackalloc short[fit.Coefficients.Length],
        };
        for (int i = 0; i < plan.References.Length; i++)
        {
            plan.References[i] = (byte)(channel - references.Channel(i));
        }
        Round(ref plan, numbers.Length);
        residuals = residuals.Length < numbers.Length ? new short[numbers.Length] : residuals;
        Predict(ref plan, numbers, references);
        coder.Encode(plan, numbers, residuals.AsSpan(0, numbers.Length));
        IsAcross = !plan.References.IsEmpty;
    }

    /// <summary>
    /// Rounds the coefficients to as many binary places as pay: each place costs a bit a coefficient, and quarters
    /// what rounding adds to the residuals.
    /// </summary>
    private void Round(ref DensePlan plan, int samples)
    {
        double largest = 0;
        foreach (double coefficient in fit.Coefficients)
        {
            largest = Math.Max(largest, Math.Abs(coefficient));
        }
        double best = double.PositiveInfinity;
        for (int shift = 0; shift <= MaxShift && largest * (1 << shift) < short.MaxValue - 1; shift++)
        {
            double added = fit.Sensitivity / 12 / (1L << (2 * shift));
            double cost = (samples * 0.5 * Math.Log2(1 + added)) + (shift * plan.TapCount);
            if (cost < best)
            {
                (best, plan.Shift) = (cost, shift);
            }
        }
        for (int i = 0; i < plan.TapCount; i++)
        {
            double scaled = fit.Coefficients[i] * (1 << plan.Shift);
            plan.Taps[i] = (short)Math.Clamp(Math.Round(scaled), short.MinValue, short.MaxValue);
        }
    }

    /// <summary>Fills <see cref="residuals"/>, and sets the bias.</summary>
    private void Predict(ref DensePlan plan, ReadOnlySpan<short> numbers, ReferenceSet references)
    {
        int padded = (numbers.Length + LagFilter.Lanes - 1) / LagFilter.Lanes * LagFilter.Lanes;
        int[] sums = new int[padded];
        for (int start = 0; start < padded; start += ReferenceFilter.MaxRun)
        {
            var drive = sums.AsSpan(start, Math.Min(ReferenceFilter.MaxRun, padded - start));
            for (int i = 0; i < plan.References.Length; i++)
            {
                ReferenceFilter.Add(references.Numbers(i), start, plan.TapsOf(i), drive);
            }
        }
        AddLags(plan, numbers, sums);
        plan.Bias = Bias(plan, references);
        for (int i = 0; i < numbers.Length; i++)
        {
            residuals[i] = unchecked((short)(numbers[i] - ((sums[i] + plan.Bias) >> plan.Shift)));
        }
    }

    /// <summary>
    /// The fit counts from the first samples; the decoder does not. The half makes the shift round to the nearest.
    /// </summary>
    private int Bias(in DensePlan plan, ReferenceSet references)
    {
        double bias = (fit.Intercept + plan.Before + 0.5) * (1 << plan.Shift);
        for (int lag = 0; lag < plan.Order; lag++)
        {
            bias -= plan.Taps[lag] * plan.Before;
        }
        for (int i = 0; i < plan.References.Length; i++)
        {
            foreach (short tap in plan.TapsOf(i))
            {
                bias -= tap * references.Samples(i)[0];
            }
        }
        return (int)Math.Clamp(bias, int.MinValue, int.MaxValue);
    }

    private static void AddLags(in DensePlan plan, ReadOnlySpan<short> numbers, Span<int> sums)
    {
        for (int lag = 1; lag <= plan.Order; lag++)
        {
            int tap = plan.Taps[lag - 1];
            int early = Math.Min(lag, numbers.Length);
            for (int i = 0; i < early; i++)
            {
                sums[i] += tap * plan.Before;
            }
            var past = numbers[..^early];
            var later = sums.Slice(early, past.Length);
            for (int i = 0; i < past.Length; i++)
            {
                later[i] += tap * past[i];
            }
        }
    }
}
