using Dendrite.Reports.Text;

namespace Dendrite.Reports.Plotting;

/// <summary>The field of a plot with its two axes, in a picture of <see cref="Picture.Width"/>.</summary>
internal sealed record PlotFrame(double Height)
{
    public double Left { get; init; } = 54;

    public double Right { get; init; } = Picture.Width - 8;

    public double Top { get; init; } = 30;

    /// <summary>The lower edge of the field: tick labels and the axis title stand below.</summary>
    public double Bottom => Height - Below;

    /// <summary>Room below the field.</summary>
    public double Below { get; init; } = 38;

    /// <summary>The legend, in the room above the field: each side by colour and by fill.</summary>
    public void DrawLegend(Picture picture, bool hasFrom, bool hasTo)
    {
        var x = Left;
        if (hasFrom)
        {
            picture.Rectangle(x, 9, 18, 10, Palette.From);
            picture.Label(x + 23, 18, "from", "start");
            x += 66;
        }

        if (hasTo)
        {
            picture.Rectangle(x, 9, 18, 10, picture.HatchTo, Palette.To);
            picture.Label(x + 23, 18, "to", "start");
        }
    }

    public void DrawX(Picture picture, Scale scale, string title)
    {
        foreach (var (value, label) in scale.Ticks)
        {
            var x = scale.Place(value);
            Line(picture, x, Bottom, x, Bottom + 4, Palette.Axis);
            picture.Label(x, Bottom + 15, label, AnchorAt(x, label), Palette.Axis);
        }

        DrawXAxis(picture, title);
    }

    /// <summary>The line and the title of an x axis whose labels the plot draws itself.</summary>
    public void DrawXAxis(Picture picture, string title)
    {
        Line(picture, Left, Bottom, Right, Bottom, Palette.Axis);
        picture.Label((Left + Right) / 2, Height - 6, title);
    }

    public void DrawY(Picture picture, Scale scale, string title)
    {
        foreach (var (value, label) in scale.Ticks)
        {
            var y = scale.Place(value);
            Line(picture, Left, y, Right, y, Palette.Grid);
            picture.Label(Left - 5, y + 4, label, "end", Palette.Axis);
        }

        var middle = (Top + Bottom) / 2;
        picture.Markup.Element(
            "text",
            Words.Short(title, 34),
            ("transform", $"translate(11 {Picture.Number(middle)}) rotate(-90)"),
            ("text-anchor", "middle")
        );
    }

    private static void Line(Picture picture, double x1, double y1, double x2, double y2, string stroke) =>
        picture.Path(
            $"M{Picture.Number(x1)} {Picture.Number(y1)}L{Picture.Number(x2)} {Picture.Number(y2)}",
            ("stroke", stroke),
            ("fill", "none")
        );

    // A wide label at the right edge would be cut by it.
    private static string AnchorAt(double x, string label) =>
        x + (label.Length * 3.5) > Picture.Width ? "end" : "middle";
}
