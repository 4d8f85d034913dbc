using System.Globalization;
using Dendrite.Signals.Analysis.Windows;
using Dendrite.V1;
using SignalChannel = Dendrite.Storage.Signals.SignalChannel;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>Says why figures of a pair are missing, or not what they seem. Pure.</summary>
internal static class ComparisonRemarks
{
    public static string Of(
        ChannelComparison comparison,
        (MeasuredStream Stream, SignalChannel Channel, ChannelAnalysis Analysis) from,
        (MeasuredStream Stream, SignalChannel Channel, ChannelAnalysis Analysis) to,
        ExperimentComparisonOptions options
    )
    {
        List<string> remarks = [];
        AddOfSide(remarks, "old", from.Stream, from.Analysis, options);
        AddOfSide(remarks, "new", to.Stream, to.Analysis, options);
        if (from.Stream.Descriptor.Rate != to.Stream.Descriptor.Rate)
        {
            remarks.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the rates differ, {from.Stream.Rate:0.###} and {to.Stream.Rate:0.###} Hz; windows are of "
                        + $"one length "
                        + $"in time"
                )
            );
        }

        if (from.Channel.Unit != to.Channel.Unit)
        {
            remarks.Add(
                $"the units differ, '{from.Channel.Unit}' and '{to.Channel.Unit}': differences of means and "
                    + $"powers are of "
                    + "bare numbers"
            );
        }

        var untested = comparison.Tests.Where(test => double.IsNaN(test.TP) && HasWindows(test)).ToList();
        if (untested.Count > 0)
        {
            remarks.Add($"no variation to test in {string.Join(", ", untested.Select(test => test.Feature))}");
        }

        return string.Join("; ", remarks);
    }

    private static bool HasWindows(FeatureTest test) => test is { FromWindows: > 1, ToWindows: > 1 };

    private static void AddOfSide(
        List<string> remarks,
        string side,
        MeasuredStream stream,
        ChannelAnalysis analysis,
        ExperimentComparisonOptions options
    )
    {
        var seconds = ExperimentSettings.SecondsOf(options.WindowLength);
        if (analysis.Moments.Count == 0)
        {
            remarks.Add($"the {side} side has no samples");
            return;
        }

        if (stream.Rate == 0)
        {
            remarks.Add($"the {side} side has no rate, and so no windows and no frequencies");
            return;
        }

        var windows = stream.SampleCount / stream.WindowSize(seconds);
        if (analysis.Segments == 0 || windows < 2)
        {
            remarks.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the {side} side has fewer than two whole windows of {seconds:0.###} s"
                )
            );
        }

        AddOfFrequencies(remarks, side, stream, analysis, options);
    }

    private static void AddOfFrequencies(
        List<string> remarks,
        string side,
        MeasuredStream stream,
        ChannelAnalysis analysis,
        ExperimentComparisonOptions options
    )
    {
        var half = stream.Rate / 2;
        var above = options.Bands.Where(band => band.HighHz > half).Select(band => band.Band).ToList();
        if (above.Count > 0)
        {
            remarks.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the {side} side, at {stream.Rate:0.###} Hz, has nothing above {half:0.###} Hz of "
                        + $"{string.Join(", ", above)}"
                )
            );
        }

        if (options.LineFrequencyHz >= half)
        {
            remarks.Add($"the {side} side's rate is too low to see the mains");
        }

        if (analysis.Moments is { Count: > 1, Squares: 0 })
        {
            remarks.Add($"the {side} side does not vary at all");
        }
    }
}
