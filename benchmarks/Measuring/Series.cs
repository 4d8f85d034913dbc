namespace Dendrite.Benchmarks.Measuring;

/// <summary>The same quantity, measured once in each round.</summary>
public sealed class Series
{
    private readonly double[] ordered;

    public Series(IEnumerable<double> values)
    {
        ordered = [.. values.Order()];
        if (ordered.Length == 0)
        {
            throw new ArgumentException("A series has at least one value.", nameof(values));
        }
    }

    public double Minimum => ordered[0];

    public double Maximum => ordered[^1];

    /// <summary>
    /// The middle value, or the mean of the two in the middle: one disturbed round does not move it far.
    /// </summary>
    public double Median => (ordered[(ordered.Length - 1) / 2] + ordered[ordered.Length / 2]) / 2;

    /// <summary>Each value by this factor: another unit.</summary>
    public Series Times(double factor) => new(ordered.Select(value => value * factor));
}
