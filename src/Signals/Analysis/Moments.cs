namespace Dendrite.Signals.Analysis;

/// <summary>
/// Count, mean and sums of the second to fourth powers of distances from it. Of runs and of values that come later they
/// join without going back (P. Pébay, Sandia report SAND2008-6212, 2008), so that hours keep their digits.
/// </summary>
public readonly record struct Moments(long Count, double Mean, double Squares, double Cubes, double Fourths)
{
    public static Moments None { get; }

    /// <summary>With n - 1, in the unit squared; NaN for fewer than two.</summary>
    public double Variance => Count < 2 ? double.NaN : Squares / (Count - 1);

    /// <summary>Root of the mean square, in the unit; NaN without values.</summary>
    public double RootMeanSquare => Count == 0 ? double.NaN : Math.Sqrt((Mean * Mean) + (Squares / Count));

    /// <summary>
    /// The fourth central moment over the square of the second, less 3, both over n: 0 for a normal distribution. As
    /// <c>scipy.stats.kurtosis</c> with its defaults. NaN where the values do not vary.
    /// </summary>
    public double ExcessKurtosis => Squares > 0 ? (Count * Fourths / (Squares * Squares)) - 3 : double.NaN;

    /// <summary>Of the values that are finite; two passes.</summary>
    public static Moments Of(ReadOnlySpan<double> values)
    {
        long count = 0;
        double sum = 0;
        double smallest = double.PositiveInfinity;
        double largest = double.NegativeInfinity;
        foreach (double value in values)
        {
            bool counts = double.IsFinite(value);
            count += counts ? 1 : 0;
            sum += counts ? value : 0;
            smallest = counts && value < smallest ? value : smallest;
            largest = counts && value > largest ? value : largest;
        }

        // What does not vary has no variance, and not what rounding makes of it.
        if (!(smallest < largest))
        {
            return count == 0 ? None : new(count, smallest, 0, 0, 0);
        }

        double mean = sum / count;
        double left = 0;
        double squares = 0;
        double cubes = 0;
        double fourths = 0;
        foreach (double value in values)
        {
            double distance = double.IsFinite(value) ? value - mean : 0;
            double square = distance * distance;
            left += distance;
            squares += square;
            cubes += square * distance;
            fourths += square * square;
        }

        // What rounding left of the mean is taken out again, of large values in great number several deviations.
        double rest = left / count;
        fourths -= rest * ((4 * cubes) - (rest * ((6 * squares) - (3 * left * rest))));
        cubes -= rest * ((3 * squares) - (2 * left * rest));
        return new(count, mean + rest, squares - (left * rest), cubes, fourths);
    }

    /// <summary>Of both together.</summary>
    public Moments Join(in Moments other)
    {
        if (Count == 0 || other.Count == 0)
        {
            return Count == 0 ? other : this;
        }

        double a = Count;
        double b = other.Count;
        double n = a + b;
        double d = other.Mean - Mean;
        double dn = d / n;
        double squares = Squares + other.Squares + (d * dn * a * b);
        double cubes =
            Cubes + other.Cubes + (d * dn * dn * a * b * (a - b)) + (3 * dn * ((a * other.Squares) - (b * Squares)));
        double fourths =
            Fourths
            + other.Fourths
            + (d * dn * dn * dn * a * b * ((a * a) - (a * b) + (b * b)))
            + (6 * dn * dn * ((a * a * other.Squares) + (b * b * Squares)))
            + (4 * dn * ((a * other.Cubes) - (b * Cubes)));
        return new(Count + other.Count, Mean + (dn * b), squares, cubes, fourths);
    }
}
