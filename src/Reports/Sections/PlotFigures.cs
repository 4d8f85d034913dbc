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
            .. document.Plots.Select((plot, i) => Draw(document, plot, names[places[i]], i)),
        ];
    }

    private static Block Draw(ReportDocument document, ChannelPlot plot, string name, int number)
    {
        var bands = document.Comparison.Options?.Bands ?? [];
        List<Figure?> figures = [];
        foreach (var (part, (from, to)) in SameUnit(plot).Select((sides, part) => (part, sides)))
        {
            var unit = (from ?? to)?.Unit ?? "";
            var id = $"c{number}{(char)('a' + part)}";
            figures.Add(WaveformPlot.Draw($"{id}w", name, unit, from, to));
            figures.Add(SpectrumPlot.Draw($"{id}s", name, unit, from, to));
            figures.Add(BandPlot.Draw($"{id}b", name, unit, bands, (from, to)));
        }

        Figure[] drawn = [.. figures.OfType<Figure>()];
        return drawn.Length > 0 ? new Figures(drawn) : new Paragraph($"{name}: neither side has samples to draw.");
    }

    /// <summary>What has one unit stands on one axis; sides with two units are drawn apart.</summary>
    private static IEnumerable<(ChannelTrace? From, ChannelTrace? To)> SameUnit(ChannelPlot plot) =>
        plot is { From: { } from, To: { } to } && from.Unit != to.Unit
            ? [(from, null), (null, to)]
            : [(plot.From, plot.To)];
}
