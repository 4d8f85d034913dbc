using System.Text;
using Dendrite.Reports.Content;
using Dendrite.Reports.Document;
using Dendrite.Reports.Text;

namespace Dendrite.Reports.Plotting;

/// <summary>Power spectral densities of both sides, both axes logarithmic.</summary>
internal static class SpectrumPlot
{
    private const double Height = 200;

    /// <summary>
    /// What is this far below the greatest density is not drawn: filters leave numbers there that are no signal.
    /// </summary>
    private const double Depth = 1e-9;

    /// <returns>Null where neither side has a density above 0.</returns>
    public static Figure? Draw(string id, string channel, PlotSides sides)
    {
        var (old, late, unit) = (Points(sides.From), Points(sides.To), sides.Unit);
        var all = old.Concat(late).ToArray();
        if (all.Length == 0)
        {
            return null;
        }

        var frame = new PlotFrame(Height);
        var highest = all.Max(point => point.Density);
        var lowest = Math.Max(all.Min(point => point.Density), highest * Depth);
        var x = new LogScale(all.Min(point => point.Hz), all.Max(point => point.Hz), frame.Left, frame.Right);
        var y = new LogScale(lowest, highest, frame.Bottom, frame.Top);
        var description = $"{sides.Describe(side => Peak(Points(side), unit))} Both axes are logarithmic.";
        var picture = new Picture(id, Height, $"Spectra of {channel}", description);
        frame.DrawY(picture, y, $"density ({Units.Density(unit)})");
        DrawLine(picture, old, x, y, Palette.From, "none");
        DrawLine(picture, late, x, y, Palette.To, "5 2");
        frame.DrawX(picture, x, "frequency (Hz)");
        DrawLegend(picture, frame, old.Length > 0, late.Length > 0);
        return new($"{channel}: spectra", description, picture.Finish());
    }

    private static void DrawLine(
        Picture picture,
        (double Hz, double Density)[] points,
        Scale x,
        Scale y,
        string stroke,
        string dashes
    )
    {
        if (points.Length == 0)
        {
            return;
        }

        var path = new StringBuilder();
        foreach (var (hz, density) in points)
        {
            path.Append(path.Length == 0 ? 'M' : 'L');
            path.Append(Picture.Number(x.Place(hz))).Append(' ').Append(Picture.Number(y.Place(density)));
        }

        picture.Path(
            path.ToString(),
            ("fill", "none"),
            ("stroke", stroke),
            ("stroke-width", "1.6"),
            ("stroke-linejoin", "round"),
            ("stroke-dasharray", dashes)
        );
    }

    /// <summary>Sides are told apart by colour and by dashes.</summary>
    private static void DrawLegend(Picture picture, PlotFrame frame, bool hasFrom, bool hasTo)
    {
        var x = frame.Left;
        foreach (
            var (label, stroke, dashes) in new[] { ("from", Palette.From, "none"), ("to", Palette.To, "5 2") }.Where(
                (_, side) => side == 0 ? hasFrom : hasTo
            )
        )
        {
            picture.Path(
                $"M{Picture.Number(x)} 14h22",
                ("stroke", stroke),
                ("stroke-width", "2"),
                ("stroke-dasharray", dashes)
            );
            picture.Label(x + 27, 18, label, "start");
            x += 70;
        }
    }

    private static (double Hz, double Density)[] Points(ChannelTrace? trace) =>
        trace is null
            ? []
            :
            [
                .. trace
                    .Spectrum.FrequenciesHz.Zip(trace.Spectrum.Densities)
                    .Where(point => point.First > 0 && double.IsFinite(point.First))
                    .Where(point => point.Second > 0 && double.IsFinite(point.Second)),
            ];

    private static string Peak((double Hz, double Density)[] points, string unit)
    {
        if (points.Length == 0)
        {
            return "has none";
        }

        var peak = points.MaxBy(point => point.Density);
        return $"is greatest at {Numbers.Value(peak.Hz)} Hz ({Numbers.Value(peak.Density)} {Units.Density(unit)})";
    }
}
