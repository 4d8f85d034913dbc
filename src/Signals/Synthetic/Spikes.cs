namespace Dendrite.Signals.Synthetic;

/// <summary>
/// Epileptiform spikes: a sharp deflection of 70 ms with a slow wave after it, at random instants (exponential pauses),
/// each seen best at a place of its own and less by its neighbours.
/// </summary>
internal sealed class Spikes(ulong seed, int sampleRateHz, double perMinute)
{
    private const double SharpSeconds = 0.07;
    private const double SlowSeconds = 0.25;
    private const double Microvolts = 250;

    /// <summary>How fast a spike fades with distance, as a part of the head.</summary>
    private const double Width = 0.15;

    private SplitMix64 random = new(seed);
    private long wait = -1;
    private double phase = double.MaxValue;
    private double place;
    private double value;

    /// <summary>Goes on by one sample.</summary>
    public void Step()
    {
        if (perMinute <= 0)
        {
            return;
        }

        if (wait < 0)
        {
            wait = (long)(-Math.Log(1 - random.NextDouble()) * 60 / perMinute * sampleRateHz);
        }
        else if (wait-- == 0)
        {
            (phase, place) = (0, random.NextDouble());
        }

        value = Shape(phase);
        phase += 1.0 / sampleRateHz;
    }

    /// <summary>What a channel sees of it, in microvolts.</summary>
    /// <param name="where">0 at the front, 1 at the back.</param>
    public double At(double where)
    {
        double distance = (where - place) / Width;
        return value == 0 ? 0 : value * Math.Exp(-distance * distance);
    }

    private static double Shape(double seconds) =>
        seconds < SharpSeconds ? -Microvolts * Math.Sin(Math.PI * seconds / SharpSeconds)
        : seconds < SharpSeconds + SlowSeconds
            ? 0.3 * Microvolts * Math.Sin(Math.PI * (seconds - SharpSeconds) / SlowSeconds)
        : 0;
}
