using Dendrite.Reports.Content;
using Dendrite.Reports.Markup;
using Dendrite.Reports.Text;

namespace Dendrite.Reports.Html;

/// <summary>Pieces of sections as HTML.</summary>
internal static class HtmlBlocks
{
    public static void Write(MarkupWriter page, Block block)
    {
        switch (block)
        {
            case Heading heading:
                page.Element("h3", heading.Text).Line();
                break;
            case Paragraph paragraph:
                page.Element("p", paragraph.Text).Line();
                break;
            case Bullets bullets:
                Write(page, bullets);
                break;
            case Table { IsFolded: true } table:
                page.Open("details").Element("summary", $"{table.Caption} ({Words.Count(table.Rows.Count, "row")})");
                Write(page, table);
                page.Close().Line();
                break;
            case Table table:
                Write(page, table);
                break;
            case Figures figures:
                Write(page, figures);
                break;
        }
    }

    private static void Write(MarkupWriter page, Bullets bullets)
    {
        page.Open("ul").Line();
        foreach (var item in bullets.Items)
        {
            page.Element("li", item).Line();
        }

        page.Close().Line();
    }

    private static void Write(MarkupWriter page, Table table)
    {
        // A table that is wider than a phone scrolls by itself, also by keys, and the page stays where it is.
        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", table.Caption));
        (string, string)[] look = table.IsStacked ? [("class", "stacked")] : [];
        page.Open("table", look).Element("caption", table.Caption).Line();
        page.Open("thead").Open("tr");
        foreach (var column in table.Columns)
        {
            WriteCell(page, "th", column.Title, column, "col");
        }

        page.Close().Close().Line().Open("tbody").Line();
        foreach (var row in table.Rows)
        {
            page.Open("tr");
            for (var i = 0; i < row.Count; i++)
            {
                var label = table.IsStacked && i > 0 ? table.Columns[i].Title : null;
                WriteCell(page, i == 0 ? "th" : "td", row[i], table.Columns[i], i == 0 ? "row" : null, label);
            }

            page.Close().Line();
        }

        page.Close().Close().Close().Line();
    }

    private static void WriteCell(
        MarkupWriter page,
        string name,
        string text,
        TableColumn column,
        string? scope,
        string? label = null
    )
    {
        if (name == "th" && text.Length == 0)
        {
            // A header without text is announced as one without meaning.
            page.Element("td", "");
            return;
        }

        (string, string)[] attributes =
        [
            .. scope is null ? Array.Empty<(string, string)>() : [("scope", scope)],
            .. label is null ? Array.Empty<(string, string)>() : [("data-column", label)],
            .. column.IsNumber ? [("class", "n")]
            : column.IsText ? [("class", "w")]
            : Array.Empty<(string, string)>(),
        ];
        page.Element(name, text, attributes);
    }

    private static void Write(MarkupWriter page, Figures figures)
    {
        page.Open("div", ("class", figures.Items.Count == 1 ? "plots one" : "plots")).Line();
        foreach (var figure in figures.Items)
        {
            page.Open("figure").Element("figcaption", figure.Title).Raw(figure.Svg).Close().Line();
        }

        page.Close().Line();
    }
}
