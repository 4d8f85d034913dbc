using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Export;

/// <summary>Between the exact times of the contracts and the exact decimals of recordings.</summary>
internal static class StoredTime
{
    public static decimal Seconds(Duration time) => time.Seconds + (time.Nanos / 1_000_000_000m);

    /// <summary>From one instant to another.</summary>
    public static decimal Since(this Timestamp instant, Timestamp earlier) => Seconds(instant - earlier);

    /// <summary>The whole second before an instant.</summary>
    public static Timestamp Floor(Timestamp instant) => new() { Seconds = instant.Seconds };
}
