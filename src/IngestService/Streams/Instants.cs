using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Streams;

/// <summary>Between messages of time and nanoseconds, which is how the store counts it.</summary>
internal static class Instants
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Where whole seconds of what is to be kept end, forwards and back.</summary>
    private const long LastSecond = (long.MaxValue / NanosecondsPerSecond) - 1;

    /// <summary>Checks an instant that is to be kept as it is.</summary>
    /// <exception cref="DendriteException">InvalidArgument, with the field.</exception>
    public static void Check(Timestamp instant, string field)
    {
        Timestamps.Read(instant, field);
        if (instant.Seconds is < -LastSecond or > LastSecond)
        {
            throw DendriteException.Invalid(field, "is not within the years 1678 to 2261, which are kept");
        }
    }

    /// <summary>Checks a span of time that is to be kept as it is; null where there is none.</summary>
    /// <exception cref="DendriteException">InvalidArgument, with the field.</exception>
    public static void Check(Duration? duration, string field)
    {
        if (duration?.Seconds is < -LastSecond or > LastSecond)
        {
            throw DendriteException.Invalid(field, $"{duration.Seconds} s are more than 292 years, which are kept");
        }
    }

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
