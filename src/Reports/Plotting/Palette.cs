namespace Dendrite.Reports.Plotting;

/// <summary>
/// Colours that people tell apart who do not see red and green: blue and vermillion of M. Okabe and K. Ito (2008) for
/// the sides, blue to orange for the sign of an effect. No colour stands alone: sides also differ by fill, effects
/// by a
/// sign, a number or a mark.
/// </summary>
internal static class Palette
{
    public const string From = "#0072b2";
    public const string To = "#d55e00";
    public const string Ink = "#1a1a1a";
    public const string Axis = "#595959";
    public const string Grid = "#e3e3e3";
    public const string Paper = "#ffffff";

    /// <summary>
    /// Upper ends of |g| of all steps but the last: negligible, small, medium and large by convention.
    /// </summary>
    public static IReadOnlyList<double> EffectBounds { get; } = [0.2, 0.5, 0.8, 1.2];

    /// <summary>
    /// From the most negative effect to the most positive one; the middle is that below the first bound.
    /// </summary>
    public static IReadOnlyList<string> Effects { get; } =
    ["#08519c", "#4292c6", "#6baed6", "#c6dbef", "#f2f2f2", "#fdd0a2", "#fdae6b", "#e6550d", "#a63603"];

    /// <summary>
    /// The place in <see cref="Effects"/> of an effect size that is a number: of what is shown of it, so that one
    /// figure has one colour.
    /// </summary>
    public static int StepOf(double g, int decimals = 2)
    {
        var shown = Math.Round(Math.Abs(g), decimals, MidpointRounding.AwayFromZero);
        var size = EffectBounds.Count(bound => shown >= bound);
        return (Effects.Count / 2) + (g < 0 ? -size : size);
    }

    /// <summary>The colour of text on a step, with a contrast of 4.5 or more.</summary>
    public static string InkOn(int step) => step == 0 || step == Effects.Count - 1 ? Paper : Ink;
}
