using Dendrite.Reports.Content;
using Dendrite.Reports.Findings;
using Dendrite.Reports.Plotting;
using Dendrite.Reports.Text;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Reports.Sections;

/// <summary>Figures of channels on both sides, what they share, and the tests.</summary>
internal static class ChannelTables
{
    /// <summary>Rows that a screen shows at once.</summary>
    private const int UnfoldedRows = 40;

    public static IEnumerable<Block> Of(ExperimentComparison comparison, IReadOnlyList<NamedChannel> channels) =>
        [
            new Heading("Tests"),
            Tests(channels, Support.AlphaOf(comparison)),
            new Heading("Figures"),
            Recorded(channels),
            Amplitudes(channels),
            .. Powers(comparison, channels),
            .. Shared(comparison, channels),
        ];

    private static Table Tests(IReadOnlyList<NamedChannel> channels, double alpha)
    {
        var rows = channels.SelectMany(channel => channel.Channel.Tests.Select(test => Row(channel.Name, test, alpha)));
        return Make(
            "Whether windows of both sides differ, by channel and feature",
            [
                "Channel",
                "Feature",
                TableColumn.Number("Windows from"),
                TableColumn.Number("Windows to"),
                TableColumn.Number("Hedges' g"),
                TableColumn.Number("Interval"),
                TableColumn.Number("t"),
                TableColumn.Number("df"),
                TableColumn.Number("p"),
                TableColumn.Number("p corrected"),
                TableColumn.Number("U"),
                TableColumn.Number("p of U"),
                "Difference",
            ],
            rows
        );
    }

    private static string[] Row(string name, FeatureTest test, double alpha) =>
        [
            name,
            FeatureNames.Long(test.Feature),
            Numbers.Count(test.FromWindows),
            Numbers.Count(test.ToWindows),
            Numbers.Signed(test.HedgesG),
            double.IsFinite(test.HedgesGLow)
                ? $"{Numbers.Signed(test.HedgesGLow)} to {Numbers.Signed(test.HedgesGHigh)}"
                : Numbers.None,
            Numbers.Value(test.T),
            Numbers.Value(test.DegreesOfFreedom),
            Numbers.Probability(test.TP),
            Numbers.Probability(test.AdjustedTP),
            Numbers.Value(test.U),
            Numbers.Probability(test.UP),
            !Support.IsTested(test) ? "not tested"
            : Support.IsShown(test, alpha) ? "shown"
            : "not shown",
        ];

    private static Table Recorded(IReadOnlyList<NamedChannel> channels) =>
        Make(
            "What was recorded",
            [
                "Channel",
                "Side",
                TableColumn.Number("Samples"),
                TableColumn.Number("Missing"),
                TableColumn.Number("Rate (Hz)"),
                TableColumn.Number("Duration"),
            ],
            BothSides(
                channels,
                (measures, _) =>
                    [
                        Numbers.Count(measures.SampleCount),
                        Numbers.Count(measures.MissingSampleCount),
                        Numbers.Value(measures.RateHz),
                        Shown(measures.Duration),
                    ]
            )
        );

    private static Table Amplitudes(IReadOnlyList<NamedChannel> channels) =>
        Make(
            "Amplitudes, in each channel's unit; the variance in its square",
            [
                "Channel",
                "Side",
                "Unit",
                TableColumn.Number("Mean"),
                TableColumn.Number("Variance"),
                TableColumn.Number("RMS"),
                TableColumn.Number("Excess kurtosis"),
                TableColumn.Number("Line noise"),
                TableColumn.Number("Peak (Hz)"),
            ],
            BothSides(
                channels,
                (measures, unit) =>
                    [
                        Units.Of(unit),
                        Numbers.Value(measures.Mean),
                        Numbers.Value(measures.Variance),
                        Numbers.Value(measures.RootMeanSquare),
                        Numbers.Value(measures.ExcessKurtosis),
                        Numbers.Percent(measures.LineNoiseRatio),
                        Numbers.Value(measures.PeakFrequencyHz),
                    ]
            )
        );

    private static IEnumerable<Block> Powers(ExperimentComparison comparison, IReadOnlyList<NamedChannel> channels)
    {
        var bands = comparison.Options?.Bands ?? [];
        if (bands.Count > 0)
        {
            yield return Make(
                "Power in bands, in the square of each channel's unit",
                ["Channel", "Side", "Unit", .. bands.Select(band => TableColumn.Number(Words.Short(band.Band)))],
                BothSides(
                    channels,
                    (measures, unit) => [Units.Squared(unit), .. bands.Select((_, i) => At(measures.BandPowers, i))]
                )
            );
        }
    }

    /// <summary>What only recordings on one clock have.</summary>
    private static IEnumerable<Block> Shared(ExperimentComparison comparison, IReadOnlyList<NamedChannel> channels)
    {
        var bands = comparison.Options?.Bands ?? [];
        var shared = channels.Where(channel => channel.Channel.HasPeakCorrelation).ToArray();
        if (shared.Length > 0)
        {
            yield return Make(
                "Where both sides share a clock: correlation, and coherence by band",
                [
                    "Channel",
                    TableColumn.Number("Largest correlation"),
                    TableColumn.Number("Lag (s)"),
                    .. bands.Select(band => TableColumn.Number(Words.Short(band.Band))),
                ],
                shared.Select(channel =>
                    (string[])
                        [
                            channel.Name,
                            Numbers.Signed(channel.Channel.PeakCorrelation),
                            Numbers.Value(channel.Channel.PeakLagSeconds),
                            .. bands.Select((_, i) => At(channel.Channel.BandCoherences, i)),
                        ]
                )
            );
        }
    }

    private static IEnumerable<string[]> BothSides(
        IEnumerable<NamedChannel> channels,
        Func<ChannelMeasures, string, string[]> figures
    ) =>
        from channel in channels
        from side in new[]
        {
            (Name: "from", Measures: channel.Channel.From, Unit: channel.Units.From),
            (Name: "to", Measures: channel.Channel.To, Unit: channel.Units.To),
        }
        where side.Measures is not null
        select (string[])[channel.Name, side.Name, .. figures(side.Measures, side.Unit)];

    private static Table Make(string caption, IReadOnlyList<TableColumn> columns, IEnumerable<string[]> rows)
    {
        string[][] all = [.. rows];
        return new(caption, columns, all) { IsFolded = all.Length > UnfoldedRows };
    }

    private static string At(IReadOnlyList<double> values, int place) =>
        place < values.Count ? Numbers.Value(values[place]) : Numbers.None;

    private static string Shown(Duration? duration)
    {
        if (duration is null)
        {
            return Numbers.None;
        }

        var seconds = duration.Seconds + (duration.Nanos / 1e9);
        return seconds < 120
            ? $"{Numbers.Value(seconds)} s"
            : $"{duration.Seconds / 3600}:{duration.Seconds / 60 % 60:00}:{duration.Seconds % 60:00}";
    }
}
