using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Streams;

/// <summary>Between messages of time and nanoseconds, which is how the store counts it.</summary>
internal static class Instants
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Nanoseconds since 1970-01-01T00:00Z; saturates outside the years 1677 to 2262.</summary>
    public static long ToNanoseconds(this Timestamp instant) => Saturate(instant.Seconds, instant.Nanos);

    public static long ToNanoseconds(this Duration duration) => Saturate(duration.Seconds, duration.Nanos);

    /// <summary>From one instant to another; saturates, for what saturated before overflows.</summary>
    public static long Since(this long nanoseconds, long earlier) =>
        (long)Int128.Clamp((Int128)nanoseconds - earlier, long.MinValue, long.MaxValue);

    public static Timestamp ToTimestamp(long nanoseconds)
    {
        var (seconds, nanos) = Math.DivRem(nanoseconds, NanosecondsPerSecond);
        // A timestamp counts its nanoseconds forwards also before 1970.
        return nanos < 0
            ? new() { Seconds = seconds - 1, Nanos = (int)(nanos + NanosecondsPerSecond) }
            : new() { Seconds = seconds, Nanos = (int)nanos };
    }

    public static Duration ToDuration(long nanoseconds)
    {
        var (seconds, nanos) = Math.DivRem(nanoseconds, NanosecondsPerSecond);
        return new() { Seconds = seconds, Nanos = (int)nanos };
    }

    private static long Saturate(long seconds, int nanos)
    {
        var total = ((Int128)seconds * NanosecondsPerSecond) + nanos;
        return (long)Int128.Clamp(total, long.MinValue, long.MaxValue);
    }
}
