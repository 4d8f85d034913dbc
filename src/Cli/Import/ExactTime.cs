using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Import;

/// <summary>Turns the exact decimals of a file into the exact times of the contracts.</summary>
internal static class ExactTime
{
    /// <summary>An exact number of seconds, to the nanosecond.</summary>
    public static Duration Seconds(decimal seconds)
    {
        decimal nanoseconds = decimal.Round(seconds * 1_000_000_000m);
        decimal whole = decimal.Truncate(nanoseconds / 1_000_000_000m);
        return new() { Seconds = (long)whole, Nanos = (int)(nanoseconds - (whole * 1_000_000_000m)) };
    }

    /// <summary>An instant so many seconds after another, to the nanosecond.</summary>
    public static Timestamp After(DateTimeOffset start, decimal seconds) =>
        Timestamp.FromDateTimeOffset(start) + Seconds(seconds);
}
