using MathNet.Numerics;

namespace Dendrite.Signals.Analysis.Testing;

/// <summary>
/// Γ(a + 1/2) / Γ(a), which the differences of two large log-gammas would give with few digits.
/// </summary>
internal static class GammaRatio
{
    /// <summary>From here on six terms of the series give 16 digits.</summary>
    private const double Large = 20;

    /// <summary>
    /// Its logarithm. For large a by the series of F. G. Tricomi and A. Erdélyi (Pacific J. Math. 1, 1951): half of
    /// ln a, less 1/(8a), plus 1/(192a³), less 1/(640a⁵), plus 17/(14336a⁷), less 31/(18432a⁹).
    /// </summary>
    /// <param name="a">Above 0.</param>
    public static double Log(double a)
    {
        if (a < Large)
        {
            return SpecialFunctions.GammaLn(a + 0.5) - SpecialFunctions.GammaLn(a);
        }

        double inverse = 1 / a;
        double square = inverse * inverse;
        double series = (17.0 / 14336) - (31.0 / 18432 * square);
        series = (-1.0 / 640) + (series * square);
        series = (1.0 / 192) + (series * square);
        series = (-1.0 / 8) + (series * square);
        return (0.5 * Math.Log(a)) + (series * inverse);
    }
}
