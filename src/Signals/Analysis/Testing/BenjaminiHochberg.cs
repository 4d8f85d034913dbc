namespace Dendrite.Signals.Analysis.Testing;

/// <summary>
/// Corrects p for the number of tests, so that of what is called a difference at level q a share of q is none on
/// average (Y. Benjamini and Y. Hochberg, J. R. Statist. Soc. B 57, 1995).
/// </summary>
public static class BenjaminiHochberg
{
    /// <summary>
    /// The i-th smallest of m becomes the smallest <c>p m / rank</c> of it and all larger ones, at most 1. A NaN is a
    /// test that was not made: it stays, and counts for nothing.
    /// </summary>
    public static double[] Adjust(IReadOnlyList<double> p)
    {
        double[] adjusted = [.. p];
        int[] order = [.. Enumerable.Range(0, p.Count).Where(i => !double.IsNaN(p[i])).OrderByDescending(i => p[i])];
        double smallest = 1;
        for (int i = 0; i < order.Length; i++)
        {
            double scaled = p[order[i]] * order.Length / (order.Length - i);
            smallest = Math.Min(smallest, scaled);
            adjusted[order[i]] = smallest;
        }
        return adjusted;
    }
}
