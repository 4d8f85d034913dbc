namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// Hands out the scale of each group of residuals. They lie in the same rows as the residuals, as differences, in runs
/// of <see cref="DenseLayout.ScaleRun"/> before the groups that they are for.
/// </summary>
internal ref struct ScaleReader
{
    private readonly Span<short> run;
    private readonly Scale ofScales;
    private Scale last;
    private int remaining;
    private int at = DenseLayout.ScaleRun;

    /// <param name="run">Room for one run.</param>
    /// <param name="plan">Has the scale of the differences, and what the first one is from.</param>
    /// <param name="groups">How many scales there are.</param>
    public ScaleReader(Span<short> run, scoped DensePlan plan, int groups)
    {
        this.run = run;
        ofScales = plan.ScaleOfScales;
        last = plan.FirstScale;
        remaining = groups;
    }

    /// <summary>Whether <see cref="NextRun"/> has to be filled before the next scale is asked for.</summary>
    public readonly bool NeedsRun => at == DenseLayout.ScaleRun;

    /// <summary>The scale of the differences.</summary>
    public readonly Scale OfScales => ofScales;

    /// <summary>The place for the differences of the next run: whole rows.</summary>
    public Span<short> NextRun()
    {
        int rows = (Math.Min(remaining, DenseLayout.ScaleRun) + RowReader.Lanes - 1) / RowReader.Lanes;
        remaining -= DenseLayout.ScaleRun;
        at = 0;
        return run[..(rows * RowReader.Lanes)];
    }

    public Scale Next() => last = DenseLayout.CheckScale(last.Number + run[at++]);
}
