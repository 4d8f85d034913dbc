using Dendrite.Errors;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ServiceDefaults.Requests;

/// <summary>Between the contract's instants and ours.</summary>
public static class Timestamps
{
    private const int NanosecondsPerMicrosecond = 1_000;

    /// <summary>To the microsecond, as it is stored; what is finer is cut off.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: outside 0001 to 9999, or malformed.</exception>
    public static DateTimeOffset Read(Timestamp timestamp, string field)
    {
        try
        {
            // Checked as it came: cutting would mend some that are malformed.
            _ = timestamp.ToDateTimeOffset();
            var nanoseconds = timestamp.Nanos - (timestamp.Nanos % NanosecondsPerMicrosecond);
            return new Timestamp { Seconds = timestamp.Seconds, Nanos = nanoseconds }.ToDateTimeOffset();
        }
        catch (InvalidOperationException)
        {
            throw DendriteException.Invalid(field, "is not an instant of the years 1 to 9999");
        }
    }

    /// <summary>Null stays absent.</summary>
    public static Timestamp? Of(DateTimeOffset? time) => time is { } set ? Timestamp.FromDateTimeOffset(set) : null;
}
