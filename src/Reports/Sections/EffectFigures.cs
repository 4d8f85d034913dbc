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

    /// <summary>Maps of tiles, one of each feature: more is nothing that anybody looks through.</summary>
    private const int MaxTiles = 12;

    public static IEnumerable<Block> Of(ExperimentComparison comparison, IReadOnlyList<string> names)
    {
        var features = FeatureNames.Of(comparison);
        if (features.Count == 0)
        {
            return [];
        }

        var alpha = Support.AlphaOf(comparison);
        if (comparison.Channels.Count <= ReportLimits.TabledChannels)
        {
            return [new Heading("Effect sizes"), new Figures(Maps(comparison, names, features, alpha))];
        }

        var tiles = Tiles(comparison, features, alpha);
        return
        [
            new Heading("Effect sizes"),
            new Figures(tiles),
            .. tiles.Length < features.Count
                ? [new Paragraph($"Maps are drawn of the first {tiles.Length} of {features.Count} features.")]
                : Array.Empty<Block>(),
        ];
    }

    /// <summary>A map for each feature, as far as the page has room.</summary>
    private static Figure[] Tiles(ExperimentComparison comparison, IReadOnlyList<string> features, double alpha)
    {
        List<Figure> tiles = [];
        for (var (i, bytes) = (0, 0); i < Math.Min(features.Count, MaxTiles) && bytes < ReportLimits.TileBytes; i++)
        {
            tiles.Add(EffectTiles.Draw($"e{i}", features[i], comparison.Channels, alpha));
            bytes += tiles[^1].Svg.Length;
        }

        return [.. tiles];
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
