using Dendrite.Reports.Content;
using Dendrite.Reports.Document;
using Dendrite.Reports.Text;
using Dendrite.V1;

namespace Dendrite.Reports.Plotting;

/// <summary>
/// Bars of the power in each band with confidence intervals, relative to the mean of the old side. Powers of one
/// channel differ a thousandfold between bands: on one linear axis the small ones vanish, and on a logarithmic one a
/// bar's length says nothing. Relative to its own band every bar is true to its length, and the figure that is 100 %
/// stands below it.
/// </summary>
internal static class BandPlot
{
    private const double Height = 214;

    /// <summary>Beyond this many times the old side a bar is cut, and says so.</summary>
    private const double MaxRatio = 20;

    /// <returns>Null where no band of the old side has a power to compare with.</returns>
    public static Figure? Draw(
        string id,
        string channel,
        string unit,
        IReadOnlyList<FrequencyBand> bands,
        (ChannelTrace? From, ChannelTrace? To) sides
    )
    {
        var rows = bands.Select((band, i) => BandRow.Of(band.Band, At(sides.From, i), At(sides.To, i))).ToArray();
        if (rows.All(row => row.From is null))
        {
            return null;
        }

        var frame = new PlotFrame(Height) { Below = 52 };
        var highest = rows.SelectMany(row => row.Ends).Where(double.IsFinite).DefaultIfEmpty(100).Max();
        var y = new LinearScale(0, Math.Clamp(highest * 1.04, 110, MaxRatio * 100), frame.Bottom, frame.Top);
        var description = Describe(rows, unit);
        var picture = new Picture(id, Height, $"Band powers of {channel}", description).WithHatch();
        frame.DrawY(picture, y, "power (% of from)");
        var width = (frame.Right - frame.Left) / rows.Length;
        for (var i = 0; i < rows.Length; i++)
        {
            DrawBand(picture, frame, y, rows[i], (frame.Left + (i * width), width));
        }

        frame.DrawXAxis(picture, $"band; 100 % is this power ({Units.Squared(unit)})");
        frame.DrawLegend(picture, true, rows.Any(row => row.To is not null));
        return new($"{channel}: band powers", description, picture.Finish());
    }

    private static BandEstimate? At(ChannelTrace? trace, int band) => trace?.Bands.ElementAtOrDefault(band);

    private static void DrawBand(
        Picture picture,
        PlotFrame frame,
        LinearScale y,
        BandRow row,
        (double Start, double Width) place
    )
    {
        var middle = place.Start + (place.Width / 2);
        var bar = Math.Min(22, place.Width * 0.36);
        if (row.From is { } from)
        {
            DrawBar(picture, frame, y, (middle - bar - 1, bar), from, Palette.From);
        }

        if (row.To is { } to)
        {
            DrawBar(picture, frame, y, (middle + 1, bar), to, picture.HatchTo);
        }

        var letters = Math.Max(3, (int)(place.Width / 6.2));
        picture.Label(middle, frame.Bottom + 15, Words.Short(row.Band, letters));
        picture.Label(middle, frame.Bottom + 29, row.Reference, "middle", Palette.Axis);
    }

    private static void DrawBar(
        Picture picture,
        PlotFrame frame,
        LinearScale y,
        (double X, double Width) bar,
        BandEstimate percent,
        string fill
    )
    {
        var top = y.Place(percent.Mean);
        picture.Rectangle(
            bar.X,
            top,
            bar.Width,
            frame.Bottom - top,
            fill,
            fill == Palette.From ? Palette.From : Palette.To
        );
        if (double.IsFinite(percent.Low) && double.IsFinite(percent.High))
        {
            var (x, low, high) = (bar.X + (bar.Width / 2), y.Place(percent.Low), y.Place(percent.High));
            var (left, right) = (Picture.Number(x - 4), Picture.Number(x + 4));
            picture.Path(
                $"M{left} {Picture.Number(high)}H{right}M{Picture.Number(x)} {Picture.Number(high)}"
                    + $"V{Picture.Number(low)}M{left} {Picture.Number(low)}H{right}",
                ("stroke", Palette.Ink),
                ("stroke-width", "1.3"),
                ("fill", "none")
            );
        }

        if (percent.Mean > MaxRatio * 100)
        {
            picture.Label(bar.X + (bar.Width / 2), frame.Top + 11, "▲", fill: Palette.Paper);
        }
    }

    private static string Describe(IEnumerable<BandRow> rows, string unit) =>
        "Mean power of the new side with its interval, in per cent of the old side's mean. "
        + string.Join("; ", rows.Select(row => row.Describe(Units.Squared(unit))))
        + ".";
}
