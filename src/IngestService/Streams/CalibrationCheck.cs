using System.Globalization;
using Dendrite.Errors;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Streams;

/// <summary>
/// A channel says twice what its stored values mean: by scale and offset, and by the line through its limits. Some
/// readers go by the one and some by the other, so the two must say the same.
/// </summary>
internal static class CalibrationCheck
{
    /// <summary>Of the physical range: what a scale that is written with three or four digits is off by.</summary>
    private const double Tolerance = 1e-3;

    /// <summary>Of the terms, which cancel each other out where the offset is large: what doubles lose by it.</summary>
    private const double Rounding = 1e-9;

    /// <summary>For new streams only: those that are there go on as they are.</summary>
    /// <param name="field">The proto path of the stream, for errors.</param>
    /// <exception cref="DendriteException">InvalidArgument, with the field and what it should be.</exception>
    public static void Require(SignalStreamDescriptor descriptor, string field)
    {
        foreach (var (i, channel) in descriptor.Channels.Index())
        {
            if (
                channel
                    is {
                        DigitalMinimum: { } low,
                        DigitalMaximum: { } high,
                        PhysicalMinimum: { } from,
                        PhysicalMaximum: { } to
                    }
                && low != high
                && !(Says(channel, low, from, to - from) && Says(channel, high, to, to - from))
            )
            {
                var scale = (to - from) / ((double)high - low);
                var line = string.Create(
                    CultureInfo.InvariantCulture,
                    $"has scale {scale:G9} and offset {from - (low * scale):G9}"
                );
                throw DendriteException.Invalid(
                    $"{field}.channels[{i}].scale",
                    $"and offset are not the line through the channel's limits, which {line}: correct one, or leave "
                        + "the limits out"
                );
            }
        }
    }

    private static bool Says(SignalChannel channel, long stored, double physical, double range)
    {
        var scaled = stored * channel.Scale;
        var off = Math.Abs(scaled + channel.Offset - physical);
        return off <= (Tolerance * Math.Abs(range)) + (Rounding * (Math.Abs(scaled) + Math.Abs(channel.Offset)));
    }
}
