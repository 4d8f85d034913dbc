namespace Dendrite.Benchmarks.Reporting;

/// <summary>What a value is to reach.</summary>
public sealed record Aim
{
    private readonly double bound;
    private readonly bool isLowerBound;

    private Aim(double bound, bool isLowerBound)
    {
        this.bound = bound;
        this.isLowerBound = isLowerBound;
    }

    public static Aim AtLeast(double bound) => new(bound, isLowerBound: true);

    public static Aim AtMost(double bound) => new(bound, isLowerBound: false);

    public bool IsMetBy(double value) => isLowerBound ? value >= bound : value <= bound;

    /// <summary>With its direction, in the unit of the value: <c>&gt;= 12600</c>.</summary>
    public override string ToString() => $"{(isLowerBound ? ">=" : "<=")} {bound}";
}
