using Dendrite.Reports.Content;
using Dendrite.Reports.Document;
using Dendrite.Reports.Findings;
using Dendrite.Reports.Plotting;
using Dendrite.Reports.Text;
using Dendrite.V1;

namespace Dendrite.Reports.Sections;

/// <summary>The map of effect sizes: named rows, or tiles where there are too many channels to name.</summary>
internal static class EffectFigures
{
    /// <summary>Features of one map: more have no room for their names.</summary>
    private const int MapWidth = 12;

    public static IEnumerable<Block> Of(ExperimentComparison comparison, IReadOnlyList<string> names)
    {
        var features = FeatureNames.Of(comparison);
        if (features.Count == 0)
        {
            return [];
        }

        var alpha = Support.AlphaOf(comparison);
        return
        [
            new Heading("Effect sizes"),
            new Figures(
                comparison.Channels.Count <= ReportLimits.TabledChannels
                    ? Maps(comparison, names, features, alpha)
                    :
                    [
                        .. features
                            .Take(MapWidth)
                            .Select((feature, i) => EffectTiles.Draw($"e{i}", feature, comparison.Channels, alpha)),
                    ]
            ),
        ];
    }

    private static IReadOnlyList<Figure> Maps(
        ExperimentComparison comparison,
        IReadOnlyList<string> names,
        IReadOnlyList<string> features,
        double alpha
    )
    {
        var rows = comparison.Channels.Select((channel, i) => (names[i], channel)).ToArray();
        return [.. features.Chunk(MapWidth).Select((some, i) => EffectMap.Draw($"e{i}", rows, some, alpha))];
    }
}
