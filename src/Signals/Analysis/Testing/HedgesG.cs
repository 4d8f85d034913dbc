using MathNet.Numerics.Distributions;

namespace Dendrite.Signals.Analysis.Testing;

/// <summary>
/// How far two means are apart, in pooled standard deviations, without the bias of small samples (L. V. Hedges, J.
/// Educational Statistics 6, 1981): <c>J(ν) (mean of new - mean of old) / s</c>, s² the pooled variance with
/// ν = n₁ + n₂ - 2, and the exact correction <c>J(ν) = Γ(ν/2) / (√(ν/2) Γ((ν-1)/2))</c>.
/// </summary>
/// <param name="Low">
/// Lower end of the interval <c>g ∓ z √((n₁+n₂)/(n₁n₂) + g²/(2(n₁+n₂)))</c>, z the normal quantile: the large-sample
/// interval of L. V. Hedges and I. Olkin, Statistical Methods for Meta-Analysis, 1985, ch. 5.
/// </param>
/// <param name="High">Its upper end.</param>
/// <remarks>All NaN where either side has fewer than two values, or both do not vary at all.</remarks>
public readonly record struct HedgesG(double G, double Low, double High)
{
    public static HedgesG None { get; } = new(double.NaN, double.NaN, double.NaN);

    /// <param name="confidence">Above 0 and below 1, such as 0.95.</param>
    public static HedgesG Of(in Moments from, in Moments to, double confidence)
    {
        double freedom = from.Count + to.Count - 2;
        double pooled = (((from.Count - 1) * from.Variance) + ((to.Count - 1) * to.Variance)) / freedom;
        if (!(pooled > 0))
        {
            return None;
        }

        double correction = Math.Exp(GammaRatio.Log((freedom - 1) / 2) - (0.5 * Math.Log(freedom / 2)));
        double g = correction * (to.Mean - from.Mean) / Math.Sqrt(pooled);
        double total = from.Count + to.Count;
        double error = Math.Sqrt((total / ((double)from.Count * to.Count)) + (g * g / (2 * total)));
        double reach = Normal.InvCDF(0, 1, 0.5 + (confidence / 2)) * error;
        return new(g, g - reach, g + reach);
    }
}
