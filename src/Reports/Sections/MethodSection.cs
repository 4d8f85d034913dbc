using Dendrite.Reports.Content;
using Dendrite.Reports.Document;
using Dendrite.Reports.Findings;
using Dendrite.Reports.Text;
using Dendrite.V1;

namespace Dendrite.Reports.Sections;

/// <summary>How it was measured, so that a reader can judge it and another can do it again.</summary>
internal static class MethodSection
{
    public static Section Of(ReportDocument document)
    {
        var comparison = document.Comparison;
        var options = comparison.Options ?? new();
        var alpha = Support.AlphaOf(comparison);
        var confidence = Numbers.Percent(1 - alpha);
        var tests = comparison.Channels.SelectMany(channel => channel.Tests).Count(Support.IsTested);
        return new(
            "method",
            "How it was measured",
            [
                new Bullets([
                    $"Channels were paired {Pairing(options)}.",
                    $"Each recording was cut into windows of {Length(options)}; a feature is measured in each window.",
                    $"Bands: {Bands(options)}. Power by Welch's method, with Hann windows that overlap by half.",
                    "Two sides are compared by Welch's t-test on the windows, two-sided, and by Mann-Whitney's U.",
                    $"The p of all {Words.Count(tests, "test")} were corrected together by the method of Benjamini and "
                        + "Hochberg.",
                    $"The effect size is Hedges' g, new less old, with its {confidence} interval.",
                    "Waveforms are drawn by the nominal rate, as the band between the least and the greatest value of "
                        + "each run of time; where recordings lie far apart, each less its median.",
                    $"A difference counts as shown where the corrected p is below {Numbers.Value(alpha)} and the "
                        + "interval of g leaves out 0.",
                    $"Bars show means over windows with {confidence} intervals by Student's t. Line noise is power "
                        + $"within 1 Hz of {Numbers.Value(Line(options))} Hz over that of 1 to 100 Hz.",
                ]),
                new Paragraph("The same request by the same person on the same snapshots gives the same bytes again."),
            ]
        );
    }

    private static string Pairing(ExperimentComparisonOptions options)
    {
        var rule = options.Pairing switch
        {
            ChannelPairing.Location => "by location",
            ChannelPairing.Given => "as given",
            _ => "by stream and label",
        };
        return options.Pairs.Count > 0 && options.Pairing != ChannelPairing.Given
            ? $"{rule}, after {Words.Count(options.Pairs.Count, "given pair")}"
            : rule;
    }

    private static string Length(ExperimentComparisonOptions options)
    {
        var length = options.WindowLength;
        return length is null ? "2 s" : $"{Numbers.Value(length.Seconds + (length.Nanos / 1e9))} s";
    }

    private static double Line(ExperimentComparisonOptions options) =>
        options.LineFrequencyHz > 0 ? options.LineFrequencyHz : 50;

    private static string Bands(ExperimentComparisonOptions options) =>
        options.Bands.Count == 0
            ? "none"
            : string.Join(
                ", ",
                options.Bands.Select(band =>
                    $"{Words.Short(band.Band)} {Numbers.Value(band.LowHz)} to {Numbers.Value(band.HighHz)} Hz"
                )
            );
}
