using System.Globalization;
using Dendrite.Reports.Markup;

namespace Dendrite.Reports.Plotting;

/// <summary>
/// An SVG with its title and description. Its unit is about a pixel of a phone: the page shows it at its width and up
/// to half as large again, so what is legible here is legible there.
/// </summary>
internal sealed class Picture
{
    /// <summary>Width of every picture.</summary>
    public const double Width = 360;

    /// <summary>Size of the letters of axes, and the least there is.</summary>
    public const double FontSize = 11;

    private readonly string id;
    private readonly MarkupWriter writer = new();

    /// <param name="id">Unlike that of any other picture of the page.</param>
    public Picture(string id, double height, string title, string description)
    {
        this.id = id;
        writer
            .Open(
                "svg",
                ("xmlns", "http://www.w3.org/2000/svg"),
                ("viewBox", $"0 0 {Number(Width)} {Number(height)}"),
                ("role", "img"),
                ("aria-labelledby", $"{id}-t {id}-d"),
                ("font-size", Number(FontSize)),
                ("font-family", "system-ui, Helvetica Neue, Arial, DejaVu Sans, sans-serif"),
                ("fill", Palette.Ink)
            )
            .Element("title", title, ("id", $"{id}-t"))
            .Element("desc", description, ("id", $"{id}-d"));
    }

    /// <summary>The fill that says the new side where colours do not: diagonal lines.</summary>
    public string HatchTo => $"url(#{id}-h)";

    public MarkupWriter Markup => writer;

    /// <summary>Defines <see cref="HatchTo"/>.</summary>
    public Picture WithHatch()
    {
        writer
            .Open("defs")
            .Open(
                "pattern",
                ("id", $"{id}-h"),
                ("width", "5"),
                ("height", "5"),
                ("patternUnits", "userSpaceOnUse"),
                ("patternTransform", "rotate(45)")
            )
            .Empty("rect", ("width", "5"), ("height", "5"), ("fill", Palette.To), ("fill-opacity", "0.3"))
            .Empty("rect", ("width", "2"), ("height", "5"), ("fill", Palette.To))
            .Close()
            .Close();
        return this;
    }

    /// <param name="anchor"><c>start</c>, <c>middle</c> or <c>end</c>.</param>
    public void Label(double x, double y, string text, string anchor = "middle", string fill = Palette.Ink) =>
        writer.Element("text", text, ("x", Number(x)), ("y", Number(y)), ("text-anchor", anchor), ("fill", fill));

    public void Rectangle(double x, double y, double width, double height, string fill, string stroke = "none") =>
        writer.Empty(
            "rect",
            ("x", Number(x)),
            ("y", Number(y)),
            ("width", Number(width)),
            ("height", Number(height)),
            ("fill", fill),
            ("stroke", stroke)
        );

    public void Path(string data, params ReadOnlySpan<(string Name, string Value)> attributes) =>
        writer.Empty("path", [("d", data), .. attributes]);

    /// <summary>The end of the markup.</summary>
    public string Finish() => writer.Close().ToString();

    /// <summary>A coordinate: two decimals are finer than any printer.</summary>
    public static string Number(double value)
    {
        // -0.001 is 0, not -0.
        var rounded = Math.Round(value, 2) + 0.0;
        return (rounded == 0 ? 0 : rounded).ToString("0.##", CultureInfo.InvariantCulture);
    }
}
