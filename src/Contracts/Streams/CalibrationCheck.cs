using System.Globalization;

namespace Dendrite.Contracts.Streams;

/// <summary>
/// A channel says twice what its stored values mean: by scale and offset, and by the line through its limits. Some
/// readers go by the one and some by the other, so the two must say the same. For new streams only: those that are
/// there go on as they are.
/// </summary>
public static class CalibrationCheck
{
    /// <summary>Of the physical range: what a scale that is written with three or four digits is off by.</summary>
    private const double Tolerance = 1e-3;

    /// <summary>Of the terms, which cancel each other out where the offset is large: what doubles lose by it.</summary>
    private const double Rounding = 1e-9;

    /// <summary>The first channel whose two lines differ; null where there is none.</summary>
    public static CalibrationFault? Find(V1.SignalStream descriptor)
    {
        foreach (var (i, channel) in descriptor.Channels.Index())
        {
            if (
                !channel.HasDigitalMinimum
                || !channel.HasDigitalMaximum
                || !channel.HasPhysicalMinimum
                || !channel.HasPhysicalMaximum
                || channel.DigitalMinimum == channel.DigitalMaximum
            )
            {
                continue;
            }

            var (low, high) = (channel.DigitalMinimum, channel.DigitalMaximum);
            var (from, range) = (channel.PhysicalMinimum, channel.PhysicalMaximum - channel.PhysicalMinimum);
            if (!Says(channel, low, from, range) || !Says(channel, high, channel.PhysicalMaximum, range))
            {
                var scale = range / ((double)high - low);
                var line = string.Create(
                    CultureInfo.InvariantCulture,
                    $"has scale {scale:G9} and offset {from - (low * scale):G9}"
                );
                return new(
                    $"channels[{i}].scale",
                    $"and offset are not the line through the channel's limits, which {line}: correct one, or leave "
                        + "the limits out"
                );
            }
        }

        return null;
    }

    private static bool Says(V1.SignalChannel channel, long stored, double physical, double range)
    {
        var scaled = stored * (channel.HasScale ? channel.Scale : 1);
        var off = Math.Abs(scaled + channel.Offset - physical);
        return off <= (Tolerance * Math.Abs(range)) + (Rounding * (Math.Abs(scaled) + Math.Abs(channel.Offset)));
    }
}

/// <summary>What is wrong with a stream's calibration.</summary>
/// <param name="Field">The proto path below the stream.</param>
/// <param name="Problem">What is wrong with it and what it should be, as the rest of a sentence.</param>
public readonly record struct CalibrationFault(string Field, string Problem);
