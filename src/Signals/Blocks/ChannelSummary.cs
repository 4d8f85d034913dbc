namespace Dendrite.Signals.Blocks;

/// <summary>
/// What a run of one channel's samples looks like, in digital units: enough to draw an overview or compute mean,
/// variance and RMS without the samples.
/// </summary>
/// <param name="Count">
/// Number of finite samples; NaN and infinities of float channels are left out of all five figures.
/// </param>
/// <param name="Min">The smallest sample, or 0 when <paramref name="Count"/> is 0.</param>
/// <param name="Max">The largest sample, or 0 when <paramref name="Count"/> is 0.</param>
/// <param name="Sum">Exact for int16 and int24.</param>
/// <param name="SumOfSquares">Exact for int16; within double rounding for wider types.</param>
public readonly record struct ChannelSummary(long Count, double Min, double Max, double Sum, double SumOfSquares)
{
    /// <summary>The summary of two runs together. Commutative; <c>default</c> is its identity.</summary>
    public ChannelSummary Combine(in ChannelSummary other)
    {
        if (Count == 0)
        {
            return other;
        }
        if (other.Count == 0)
        {
            return this;
        }
        return new(
            Count + other.Count,
            Math.Min(Min, other.Min),
            Math.Max(Max, other.Max),
            Sum + other.Sum,
            SumOfSquares + other.SumOfSquares
        );
    }
}
