using Dendrite.Errors;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Times;

/// <summary>Durations as they come in requests.</summary>
internal static class Durations
{
    /// <exception cref="DendriteException">INVALID_ARGUMENT: malformed, or outside the bounds.</exception>
    public static TimeSpan Read(Duration duration, string field, TimeSpan min, TimeSpan max)
    {
        TimeSpan read;
        try
        {
            read = duration.ToTimeSpan();
        }
        catch (InvalidOperationException)
        {
            throw DendriteException.Invalid(
                field,
                "is malformed: seconds and nanoseconds of different signs, or too many"
            );
        }

        return read >= min && read <= max
            ? read
            : throw DendriteException.Invalid(
                field,
                $"is {read.TotalSeconds:0.###} s; from {min.TotalSeconds:0.###} s to {max.TotalSeconds:0} s are allowed"
            );
    }
}
