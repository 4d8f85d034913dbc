namespace Dendrite.Signals.Analysis.Testing;

/// <summary>
/// Whether two samples have the same mean, without supposing equal variances (B. L. Welch, Biometrika 34, 1947).
/// </summary>
/// <param name="T">New less old, over the root of s₁²/n₁ + s₂²/n₂ with variances by n - 1.</param>
/// <param name="DegreesOfFreedom">By F. E. Satterthwaite (Biometrics Bulletin 2, 1946).</param>
/// <param name="P">Two-sided.</param>
/// <remarks>As <c>scipy.stats.ttest_ind(to, from, equal_var=False)</c>. All NaN where either side has fewer than two
/// values, or both do not vary at all.</remarks>
public readonly record struct WelchTest(double T, double DegreesOfFreedom, double P)
{
    public static WelchTest None { get; } = new(double.NaN, double.NaN, double.NaN);

    public static WelchTest Of(in Moments from, in Moments to)
    {
        double left = from.Variance / from.Count;
        double right = to.Variance / to.Count;
        double sum = left + right;
        if (!(sum > 0))
        {
            return None;
        }

        double t = (to.Mean - from.Mean) / Math.Sqrt(sum);
        double freedom = sum * sum / ((left * left / (from.Count - 1)) + (right * right / (to.Count - 1)));
        return new(t, freedom, StudentTail.TwoSided(t, freedom));
    }
}
