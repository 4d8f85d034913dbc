namespace Dendrite.Signals.Edf;

/// <summary>
/// The line through (digital minimum, physical minimum) and (digital maximum, physical maximum). A physical minimum
/// above the maximum is legal: an inverted signal. Stored samples may lie outside both ranges.
/// </summary>
public readonly record struct EdfCalibration(double PhysicalMin, double PhysicalMax, int DigitalMin, int DigitalMax)
{
    /// <summary>Physical values are the digital ones: for signals whose header defines no line.</summary>
    public static EdfCalibration Identity { get; } = IdentityOf(EdfSampleWidth.Edf);

    /// <summary>As <see cref="Identity"/>, over the whole range of such samples.</summary>
    internal static EdfCalibration IdentityOf(EdfSampleWidth width) =>
        new(width.Min(), width.Max(), width.Min(), width.Max());

    /// <summary>Physical units a digital step.</summary>
    public double Scale => (PhysicalMax - PhysicalMin) / ((double)DigitalMax - DigitalMin);

    /// <summary>The physical value of digital 0.</summary>
    public double Offset => ToPhysical(0);

    /// <summary>
    /// Whether every sample has a finite physical value: a range near the limits of double overflows.
    /// </summary>
    internal bool IsFinite(EdfSampleWidth width) =>
        double.IsFinite(ToPhysical(width.Min())) && double.IsFinite(ToPhysical(width.Max())) && Scale != 0;

    /// <summary>The physical value of a sample, computed in this order in double precision.</summary>
    public double ToPhysical(int digital) =>
        (((double)digital - DigitalMin) * (PhysicalMax - PhysicalMin) / ((double)DigitalMax - DigitalMin))
        + PhysicalMin;
}
