using MathNet.Numerics;

namespace Dendrite.Signals.Analysis.Testing;

/// <summary>Tails of Student's t distribution, also for billions of degrees of freedom.</summary>
public static class StudentTail
{
    /// <summary>From here on two terms of the series give 12 digits, which the fraction loses farther on.</summary>
    private const double ManyDegrees = 20_000;

    private const int MaxTerms = 100_000;
    private const double Enough = 1e-16;
    private const double Tiny = 1e-300;

    /// <summary>
    /// The probability of a t at least as far from 0, on both sides: the regularized incomplete beta function
    /// I(ν/(ν+t²); ν/2, 1/2), by its continued fraction (W. H. Press et al., Numerical Recipes, 3rd ed., 6.4) and with
    /// logarithms that keep their digits; of many degrees of freedom by the normal distribution. Relative error below
    /// 1e-12.
    /// </summary>
    /// <param name="t">Any; NaN gives NaN.</param>
    /// <param name="degreesOfFreedom">Above 0, whole or not.</param>
    public static double TwoSided(double t, double degreesOfFreedom)
    {
        if (double.IsNaN(t) || !(degreesOfFreedom > 0))
        {
            return double.NaN;
        }

        double square = t * t;
        if (square == 0 || double.IsInfinity(square))
        {
            return square == 0 ? 1 : 0;
        }

        if (degreesOfFreedom >= ManyDegrees)
        {
            return SpecialFunctions.Erfc(NormalOf(square, degreesOfFreedom) / Math.Sqrt(2));
        }

        double a = degreesOfFreedom / 2;
        double x = degreesOfFreedom / (degreesOfFreedom + square);
        double rest = square / (degreesOfFreedom + square);
        // x^a (1-x)^(1/2) / B(a, 1/2), where B(a, 1/2) = √π Γ(a) / Γ(a + 1/2).
        double logarithm = -a * LogOnePlus(square / degreesOfFreedom);
        double front = Math.Exp(logarithm + (0.5 * Math.Log(rest / Math.PI)) + GammaRatio.Log(a));
        return x < (a + 1) / (a + 2.5) ? front * Fraction(a, 0.5, x) / a : 1 - (front * Fraction(0.5, a, rest) / 0.5);
    }

    /// <summary>
    /// How far from 0 t is at the least with a probability, on both sides: the inverse of <see cref="TwoSided"/>,
    /// whatever the probability. By halves, so that it ends.
    /// </summary>
    /// <param name="probability">Above 0 and below 1: of an interval, 1 less its confidence.</param>
    /// <param name="degreesOfFreedom">Above 0, whole or not.</param>
    public static double Reach(double probability, double degreesOfFreedom)
    {
        if (!(probability is > 0 and < 1 && degreesOfFreedom > 0))
        {
            return double.NaN;
        }

        double low = 0;
        double high = 1;
        while (double.IsFinite(high) && TwoSided(high, degreesOfFreedom) > probability)
        {
            (low, high) = (high, 2 * high);
        }
        for (double middle; (middle = low + ((high - low) / 2)) > low && middle < high; )
        {
            (low, high) = TwoSided(middle, degreesOfFreedom) > probability ? (middle, high) : (low, middle);
        }
        return high;
    }

    /// <summary>How far out on the normal distribution t lies (G. W. Hill, Comm. ACM 13, 1970, algorithm
    /// 395).</summary>
    private static double NormalOf(double square, double degreesOfFreedom)
    {
        double a = degreesOfFreedom - 0.5;
        double b = 48 * a * a;
        double w = a * LogOnePlus(square / degreesOfFreedom);
        double second = ((((((4 * w) + 33) * w) + 240) * w) + 855) / (10 * b * b);
        return Math.Sqrt(w) * (1 + ((w + 3) / b) - second);
    }

    /// <summary>ln(1 + x) for small x, where the sum would lose digits.</summary>
    private static double LogOnePlus(double x)
    {
        double sum = 1 + x;
        double difference = sum - 1;
        return difference == 0 ? x : Math.Log(sum) * (x / difference);
    }

    /// <summary>The continued fraction of the incomplete beta function, by the method of Lentz.</summary>
    private static double Fraction(double a, double b, double x)
    {
        double c = 1;
        double d = Inverse(1 - ((a + b) * x / (a + 1)));
        double value = d;
        for (int m = 1; m <= MaxTerms; m++)
        {
            double even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            d = Inverse(1 + (even * d));
            c = Away(1 + (even / c));
            value *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            d = Inverse(1 + (odd * d));
            c = Away(1 + (odd / c));
            double factor = d * c;
            value *= factor;
            if (Math.Abs(factor - 1) < Enough)
            {
                break;
            }
        }

        return value;
    }

    private static double Away(double value) => Math.Abs(value) < Tiny ? Tiny : value;

    private static double Inverse(double value) => 1 / Away(value);
}
