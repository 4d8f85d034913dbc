using Dendrite.Reports.Content;
using Dendrite.Reports.Findings;
using Dendrite.Reports.Text;
using Dendrite.V1;

namespace Dendrite.Reports.Plotting;

/// <summary>
/// Effect sizes of channels (down) by features (across), each with its figure; what the tests support is underlined.
/// </summary>
internal static class EffectMap
{
    private const double RowHeight = 19;
    private const double Head = 72;
    private const double LabelWidth = 84;

    /// <param name="channels">Names and tests, one a row.</param>
    public static Figure Draw(
        string id,
        IReadOnlyList<(string Name, ChannelComparison Channel)> channels,
        IReadOnlyList<string> features,
        double alpha
    )
    {
        var height = Head + (channels.Count * RowHeight) + EffectLegend.Height;
        const string Description =
            "Hedges' g of each channel and feature, new less old: blue is less on the new side, orange more. "
            + "An underlined figure is a difference that the corrected test and the interval support. "
            + "The table of tests has every figure.";
        var picture = new Picture(id, height, "Effect sizes by channel and feature", Description);
        var width = (Picture.Width - LabelWidth - 34) / features.Count;
        for (var i = 0; i < features.Count; i++)
        {
            var x = Picture.Number(LabelWidth + ((i + 0.5) * width) + 3);
            picture.Markup.Element(
                "text",
                FeatureNames.Short(features[i]),
                ("transform", $"translate({x} {Picture.Number(Head - 6)}) rotate(-50)")
            );
        }

        for (var row = 0; row < channels.Count; row++)
        {
            DrawRow(picture, channels[row], features, (Head + (row * RowHeight), width), alpha);
        }

        EffectLegend.Draw(picture, height - EffectLegend.Height);
        return new("Effect sizes by channel and feature", Description, picture.Finish());
    }

    private static void DrawRow(
        Picture picture,
        (string Name, ChannelComparison Channel) row,
        IReadOnlyList<string> features,
        (double Top, double Width) place,
        double alpha
    )
    {
        picture.Label(LabelWidth - 6, place.Top + 13, Words.Short(row.Name, 12), "end");
        for (var i = 0; i < features.Count; i++)
        {
            var test = row.Channel.Tests.FirstOrDefault(test => test.Feature == features[i]);
            var (x, g) = (LabelWidth + (i * place.Width), test?.HedgesG ?? double.NaN);
            var step = double.IsFinite(g) ? Palette.StepOf(g, HasTwoDecimals(g, place.Width) ? 2 : 1) : -1;
            var fill = step < 0 ? Palette.Paper : Palette.Effects[step];
            picture.Rectangle(x, place.Top, place.Width - 1, RowHeight - 1, fill, step < 0 ? Palette.Grid : "none");
            // Narrow cells have no room for figures: the table has them.
            var text = step < 0 ? "–" : Shown(g, place.Width);
            var underline = test is not null && Support.IsShown(test, alpha) ? "underline" : "none";
            picture.Markup.Element(
                "text",
                text,
                ("x", Picture.Number(x + ((place.Width - 1) / 2))),
                ("y", Picture.Number(place.Top + 13)),
                ("text-anchor", "middle"),
                ("font-size", place.Width < 31 ? "9.5" : "11"),
                ("text-decoration", underline),
                ("font-weight", underline == "none" ? "400" : "700"),
                ("fill", step < 0 ? Palette.Ink : Palette.InkOn(step))
            );
        }
    }

    private static string Shown(double g, double width) =>
        HasTwoDecimals(g, width) ? Numbers.Signed(g)
        : width >= 22 && Math.Abs(g) < 100 ? Numbers.Brief(g)
        : g < 0 ? "−"
        : g > 0 ? "+"
        : "0";

    private static bool HasTwoDecimals(double g, double width) => width >= 31 && Math.Abs(g) < 10;
}
