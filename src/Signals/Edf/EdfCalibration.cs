namespace Dendrite.Signals.Edf;

/// <summary>
/// The line through (digital minimum, physical minimum) and (digital maximum, physical maximum). A physical minimum
/// above the maximum is legal: an inverted signal. Stored samples may lie outside both ranges.
/// </summary>
public readonly record struct EdfCalibration(double PhysicalMin, double PhysicalMax, int DigitalMin, int DigitalMax)
{
    /// <summary>Physical values are the digital ones: for signals whose header defines no line.</summary>
    public static EdfCalibration Identity { get; } =
        new(short.MinValue, short.MaxValue, short.MinValue, short.MaxValue);

    /// <summary>Physical units a digital step.</summary>
    public double Scale => (PhysicalMax - PhysicalMin) / ((double)DigitalMax - DigitalMin);

    /// <summary>The physical value of digital 0.</summary>
    public double Offset => ToPhysical(0);

    /// <summary>
    /// Whether every 16-bit sample has a finite physical value: a range near the limits of double overflows.
    /// </summary>
    internal bool IsFinite =>
        double.IsFinite(ToPhysical(short.MinValue)) && double.IsFinite(ToPhysical(short.MaxValue)) && Scale != 0;

    /// <summary>The physical value of a sample, computed in this order in double precision.</summary>
    public double ToPhysical(int digital) =>
        (((double)digital - DigitalMin) * (PhysicalMax - PhysicalMin) / ((double)DigitalMax - DigitalMin))
        + PhysicalMin;
}
