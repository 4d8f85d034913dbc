using Dendrite.Reports.Text;

namespace Dendrite.Reports.Plotting;

/// <summary>What the colours of a map of effect sizes mean.</summary>
internal static class EffectLegend
{
    /// <summary>Room that it takes below a map.</summary>
    public const double Height = 54;

    public static void Draw(Picture picture, double top)
    {
        const double Left = 24;
        var width = (Picture.Width - (2 * Left)) / Palette.Effects.Count;
        for (var step = 0; step < Palette.Effects.Count; step++)
        {
            picture.Rectangle(Left + (step * width), top + 12, width - 1, 12, Palette.Effects[step], Palette.Grid);
        }

        var bounds = Palette.EffectBounds.Reverse().Select(bound => -bound).Concat(Palette.EffectBounds).ToArray();
        for (var i = 0; i < bounds.Length; i++)
        {
            picture.Label(Left + ((i + 1) * width), top + 37, Numbers.Bound(bounds[i]), fill: Palette.Axis);
        }

        picture.Label(Left, top + 50, "less on the new side", "start", Palette.Axis);
        picture.Label(Picture.Width - Left, top + 50, "more on the new side", "end", Palette.Axis);
        picture.Label(Picture.Width / 2, top + 50, "Hedges' g", fill: Palette.Ink);
    }
}
