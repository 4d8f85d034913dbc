namespace Dendrite.Signals.Formats.Xdf;

/// <summary>
/// The times of a stream's samples, one after the other: those that the file leaves out follow the one before at the
/// nominal rate, as the specification has it.
/// </summary>
internal sealed class XdfTimes(XdfHeader header)
{
    private double last;

    public double Next(double? stamp) => last = stamp ?? last + header.IntervalSeconds;
}
