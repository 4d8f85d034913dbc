using Dendrite.Reports.Content;
using Dendrite.Reports.Document;
using Dendrite.Reports.Plotting;
using Dendrite.Reports.Text;

namespace Dendrite.Reports.Sections;

/// <summary>Waveforms, spectra and band powers of the pairs that are drawn.</summary>
internal static class PlotFigures
{
    public static IEnumerable<Block> Of(ReportDocument document)
    {
        if (document.Plots.Count == 0)
        {
            return [];
        }

        var comparison = document.Comparison;
        var (all, names) = (comparison.Channels.Count, ChannelNames.Of(comparison));
        var places = ChannelSelection.Plotted(comparison);
        return
        [
            new Heading("Plots"),
            .. all > document.Plots.Count
                ?
                [
                    new Paragraph(
                        $"Drawn are the {document.Plots.Count} of {Words.Count(all, "channel")} whose differences are "
                            + "best supported."
                    ),
                ]
                : Array.Empty<Block>(),
            .. document.Plots.SelectMany((plot, i) => Draw(document, plot, names[places[i]], i)),
        ];
    }

    private static IEnumerable<Block> Draw(ReportDocument document, ChannelPlot plot, string name, int number)
    {
        var bands = document.Comparison.Options?.Bands ?? [];
        List<Figure?> figures = [];
        var parts = PlotSides.Of(plot);
        foreach (var (part, sides) in parts.Select((sides, part) => (part, sides)))
        {
            var id = $"c{number}{(char)('a' + part)}";
            figures.Add(WaveformPlot.Draw($"{id}w", name, sides));
            figures.Add(SpectrumPlot.Draw($"{id}s", name, sides));
            figures.Add(
                parts.Count == 1 ? BandPlot.Draw($"{id}b", name, sides.Unit, bands, (sides.From, sides.To)) : null
            );
        }

        Figure[] drawn = [.. figures.OfType<Figure>()];
        return
        [
            drawn.Length > 0 ? new Figures(drawn) : new Paragraph($"{name}: neither side has samples to draw."),
            .. WithoutBands(plot, name, parts.Count > 1 && bands.Count > 0),
        ];
    }

    /// <summary>A power is no percentage of one in another unit.</summary>
    private static IEnumerable<Block> WithoutBands(ChannelPlot plot, string name, bool hasTwoUnits) =>
        hasTwoUnits
            ?
            [
                new Paragraph(
                    $"{name}: the units of its band powers differ, {Units.Squared(plot.From!.Unit)} on the old side "
                        + $"and {Units.Squared(plot.To!.Unit)} on the new one. Neither is a percentage of the "
                        + "other: they are not drawn, and the table of powers has both."
                ),
            ]
            : [];
}
