using System.Globalization;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Signals.Analysis.Windows;
using Dendrite.V1;
using SignalChannel = Dendrite.Storage.Signals.SignalChannel;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>Says why figures of a pair are missing, or not what they seem. Pure.</summary>
internal static class ComparisonRemarks
{
    public static string Of(
        ChannelComparison comparison,
        RemarkedSide from,
        RemarkedSide to,
        ExperimentComparisonOptions options
    )
    {
        List<string> remarks = [];
        AddOfSide(remarks, "old", from, WindowsOf(comparison, test => test.FromWindows), options);
        AddOfSide(remarks, "new", to, WindowsOf(comparison, test => test.ToWindows), options);
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
                $"the units differ, '{UnitOf(from)}' and '{UnitOf(to)}': differences of means and "
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

    /// <summary>Devices name units as they like.</summary>
    private static string UnitOf(RemarkedSide side) => RequestFields.Excerpt(side.Channel.Unit);

    /// <summary>Whole windows of a side: a feature may be left out of some, but not all of them.</summary>
    private static long WindowsOf(ChannelComparison comparison, Func<FeatureTest, long> ofSide) =>
        comparison.Tests.Select(ofSide).DefaultIfEmpty().Max();

    private static bool HasWindows(FeatureTest test) => test is { FromWindows: > 1, ToWindows: > 1 };

    private static void AddOfSide(
        List<string> remarks,
        string side,
        RemarkedSide measured,
        long windows,
        ExperimentComparisonOptions options
    )
    {
        var (stream, analysis) = (measured.Stream, measured.Analysis);
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

        if (windows < 2)
        {
            remarks.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the {side} side has fewer than two whole windows of {seconds:0.###} s"
                )
            );
        }

        AddOfFrequencies(remarks, side, measured, options);
    }

    private static void AddOfFrequencies(
        List<string> remarks,
        string side,
        RemarkedSide measured,
        ExperimentComparisonOptions options
    )
    {
        var stream = measured.Stream;
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
        else if (measured.Figures is { SeesMains: false } figures)
        {
            remarks.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the {side} side's windows tell frequencies {figures.Plan.Distance:0.###} Hz apart, and none from "
                        + $"1 to 100 Hz lies within 1 Hz of the mains"
                )
            );
        }

        if (measured.Analysis.Moments is { Count: > 1, Squares: 0 })
        {
            remarks.Add($"the {side} side does not vary at all");
        }
    }
}

/// <summary>A channel of one side, as it was measured.</summary>
/// <param name="Figures">Null for a stream without a rate.</param>
internal sealed record RemarkedSide(
    MeasuredStream Stream,
    SignalChannel Channel,
    ChannelAnalysis Analysis,
    SpectralFigures? Figures
);
