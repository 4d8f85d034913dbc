using System.Numerics;
using Dendrite.Signals.Edf;
using Dendrite.V1;

namespace Dendrite.Cli.Import;

/// <summary>Turns the exact decimals of a file into the exact fractions and times of the contracts.</summary>
internal static class ExactRate
{
    /// <summary>Samples a second as a fraction in lowest terms: 1228 samples in 9.59375 s are 128 in 1.</summary>
    public static SampleRate Of(EdfRateGroup group)
    {
        // A decimal is an integer over a power of ten.
        BigInteger scale = BigInteger.Pow(10, group.RecordDurationSeconds.Scale);
        var seconds = new BigInteger(group.RecordDurationSeconds * (decimal)scale);
        BigInteger samples = group.SamplesPerRecord * scale;
        var divisor = BigInteger.GreatestCommonDivisor(samples, seconds);
        return new() { Samples = (long)(samples / divisor), Seconds = (long)(seconds / divisor) };
    }

    /// <summary>An exact number of seconds, to the nanosecond.</summary>
    public static Google.Protobuf.WellKnownTypes.Duration Seconds(decimal seconds)
    {
        decimal nanoseconds = decimal.Round(seconds * 1_000_000_000m);
        decimal whole = decimal.Truncate(nanoseconds / 1_000_000_000m);
        return new() { Seconds = (long)whole, Nanos = (int)(nanoseconds - (whole * 1_000_000_000m)) };
    }

    /// <summary>An instant so many seconds after another, to the nanosecond.</summary>
    public static Google.Protobuf.WellKnownTypes.Timestamp After(DateTimeOffset start, decimal seconds)
    {
        var begin = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(start);
        return begin + Seconds(seconds);
    }
}
