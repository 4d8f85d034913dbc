using System.Globalization;
using System.Numerics;

namespace Dendrite.Signals.Formats;

/// <summary>An exact rate in lowest terms: so many samples in so many seconds.</summary>
public readonly record struct RecordedRate(long Samples, long Seconds)
{
    /// <summary>Each sample has an instant of its own.</summary>
    public static RecordedRate Irregular { get; } = new(0, 1);

    public bool IsIrregular => Samples == 0;

    /// <summary>Samples a second, to 28 digits; 0 when irregular.</summary>
    public decimal Hz => (decimal)Samples / Seconds;

    /// <summary>The exact rate of so many samples in so many seconds: 1228 in 9.59375 s are 128 in 1.</summary>
    /// <exception cref="OverflowException">The fraction has more than 63 bits.</exception>
    public static RecordedRate Of(decimal samples, decimal seconds)
    {
        // A decimal is an integer over a power of ten.
        var (above, below) = (Integer(samples, seconds.Scale), Integer(seconds, samples.Scale));
        var divisor = BigInteger.GreatestCommonDivisor(above, below);
        return new(checked((long)(above / divisor)), checked((long)(below / divisor)));
    }

    /// <summary>
    /// A rate in Hz as files write it; null when it is none, is below 1 nHz, or is above 100 MHz. Kept to nine
    /// decimals, and below 1 Hz, where those would be few digits, to fifteen.
    /// </summary>
    public static RecordedRate? TryParse(string text)
    {
        // A slower one has instants that no decimal holds.
        const decimal lowest = 1e-9m;
        const decimal highest = 1e8m;
        bool isNumber = decimal.TryParse(
            text.Trim(),
            NumberStyles.Float,
            CultureInfo.InvariantCulture,
            out decimal hertz
        );
        hertz = isNumber ? decimal.Round(hertz, hertz < 1 ? 15 : 9) : 0;
        return hertz is >= lowest and <= highest ? Of(hertz, 1) : null;
    }

    /// <summary>The rate of so many samples for each one; null where the fraction has more than 63 bits.</summary>
    public RecordedRate? Times(int factor)
    {
        long divisor = (long)BigInteger.GreatestCommonDivisor(factor, Seconds);
        var samples = (BigInteger)Samples * (factor / divisor);
        return samples <= long.MaxValue ? new((long)samples, Seconds / divisor) : null;
    }

    /// <summary>When a sample is due, in seconds after sample 0.</summary>
    public decimal SecondsAt(long sample) => IsIrregular ? 0 : (decimal)sample / Samples * Seconds;

    /// <summary>The sample nearest to an instant.</summary>
    public long NearestSample(decimal seconds) => IsIrregular ? 0 : (long)decimal.Round(seconds / Seconds * Samples);

    /// <summary>The last sample that is not after a tick of another clock; both count from one instant.</summary>
    public long LastSampleAt(long tick, RecordedRate clock)
    {
        if (IsIrregular || clock.IsIrregular)
        {
            return 0;
        }
        // Rational: one tick at 360 Hz is no decimal fraction of a second.
        var (above, below) = ((BigInteger)tick * clock.Seconds * Samples, (BigInteger)clock.Samples * Seconds);
        var (quotient, rest) = BigInteger.DivRem(above, below);
        return (long)BigInteger.Clamp(rest.Sign < 0 ? quotient - 1 : quotient, long.MinValue, long.MaxValue);
    }

    public override string ToString() =>
        IsIrregular ? "irregular" : Hz.ToString("0.####", CultureInfo.InvariantCulture) + "hz";

    private static BigInteger Integer(decimal value, int moreDigits)
    {
        var whole = new BigInteger(value);
        var rest = value - decimal.Truncate(value);
        var scale = BigInteger.Pow(10, value.Scale);
        return ((whole * scale) + new BigInteger(rest * (decimal)scale)) * BigInteger.Pow(10, moreDigits);
    }
}
