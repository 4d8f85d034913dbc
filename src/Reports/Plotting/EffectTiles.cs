using System.Text;
using Dendrite.Reports.Content;
using Dendrite.Reports.Findings;
using Dendrite.Reports.Text;
using Dendrite.V1;

namespace Dendrite.Reports.Plotting;

/// <summary>
/// Effect sizes of one feature over very many channels, a tile each, in rows of <see cref="RowLength"/> in the order of
/// the comparison: how much of an array changed, and where, is seen at one look. Tiles of one colour are one path, so
/// that a thousand channels take a few KB.
/// </summary>
internal static class EffectTiles
{
    public const int RowLength = 32;
    private const double Left = 40;
    private const double Top = 20;
    private const double Size = 9.6;

    public static Figure Draw(string id, string feature, IReadOnlyList<ChannelComparison> channels, double alpha)
    {
        var tests = channels.Select(channel => channel.Tests.FirstOrDefault(test => test.Feature == feature)).ToArray();
        var rows = ((channels.Count - 1) / RowLength) + 1;
        var height = Top + (rows * Size) + 4 + EffectLegend.Height;
        var name = FeatureNames.Long(feature);
        var description = Describe(tests, alpha);
        var picture = new Picture(id, height, $"Effect sizes of {name} by channel", description);
        for (var step = 0; step < Palette.Effects.Count; step++)
        {
            var tiles = Tiles(tests, test => double.IsFinite(test.HedgesG) && Palette.StepOf(test.HedgesG) == step);
            Fill(picture, tiles, Palette.Effects[step]);
        }

        // The mark says what the colour says to those who see it, and what it does not say: that it is supported.
        Fill(picture, Marks(tests, alpha), Palette.Ink);
        Fill(picture, Rings(tests, alpha), Palette.Paper);
        for (var row = 0; row < rows; row += 4)
        {
            picture.Label(Left - 6, Top + (row * Size) + 9, Numbers.Count((row * RowLength) + 1), "end", Palette.Axis);
        }

        picture.Label(Left, 13, "a tile a channel, by number; dot: supported", "start", Palette.Axis);
        EffectLegend.Draw(picture, height - EffectLegend.Height);
        return new($"{name}: effect sizes of {Words.Count(channels.Count, "channel")}", description, picture.Finish());
    }

    private static void Fill(Picture picture, string path, string fill)
    {
        if (path.Length > 0)
        {
            picture.Path(path, ("fill", fill));
        }
    }

    private static string Tiles(FeatureTest?[] tests, Func<FeatureTest, bool> isOne) =>
        Squares(tests, test => isOne(test) ? Size - 0.6 : 0);

    private static string Marks(FeatureTest?[] tests, double alpha) =>
        Squares(tests, test => Support.IsShown(test, alpha) ? 4.4 : 0);

    /// <summary>Within the marks, for those on dark tiles.</summary>
    private static string Rings(FeatureTest?[] tests, double alpha) =>
        Squares(tests, test => Support.IsShown(test, alpha) ? 2.4 : 0);

    /// <summary>A square in the middle of each tile.</summary>
    private static string Squares(FeatureTest?[] tests, Func<FeatureTest, double> sideOf)
    {
        var path = new StringBuilder();
        for (var i = 0; i < tests.Length; i++)
        {
            if (tests[i] is { } test && sideOf(test) is > 0 and var side)
            {
                var inset = (Size - side) / 2;
                var x = Left + (i % RowLength * Size) + inset;
                var y = Top + (i / RowLength * Size) + inset;
                path.Append('M').Append(Picture.Number(x)).Append(' ').Append(Picture.Number(y));
                path.Append('h').Append(Picture.Number(side)).Append('v').Append(Picture.Number(side));
                path.Append('h').Append(Picture.Number(-side)).Append('z');
            }
        }

        return path.ToString();
    }

    private static string Describe(FeatureTest?[] tests, double alpha)
    {
        var tested = tests.OfType<FeatureTest>().Where(test => double.IsFinite(test.HedgesG)).ToArray();
        var shown = tested.Where(test => Support.IsShown(test, alpha)).ToArray();
        return $"Hedges' g of {Words.Count(tested.Length, "channel")}, new less old: the tests support more in "
            + $"{shown.Count(test => test.HedgesG > 0)} and less in {shown.Count(test => test.HedgesG < 0)}.";
    }
}
