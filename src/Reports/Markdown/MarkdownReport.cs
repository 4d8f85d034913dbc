using System.Text;
using Dendrite.Reports.Content;
using Dendrite.Reports.Document;
using Dendrite.Reports.Sections;

namespace Dendrite.Reports.Markdown;

/// <summary>
/// A report as Markdown (CommonMark with the tables of GitHub): the sections of the HTML, with each picture in words.
/// </summary>
public static class MarkdownReport
{
    /// <summary>The file, in UTF-8.</summary>
    public static byte[] Write(ReportDocument document)
    {
        var text = new StringBuilder();
        text.Append("# ").Append(MarkdownText.Escape(document.Title)).Append("\n\n");
        foreach (var section in ReportSections.Of(document))
        {
            text.Append("## ").Append(section.Title).Append("\n\n");
            foreach (var block in section.Blocks)
            {
                Write(text, block);
            }
        }

        text.Append("---\n\n").Append("Compared by ").Append(MarkdownText.Escape(document.Creator)).Append(".\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Write(StringBuilder text, Block block)
    {
        switch (block)
        {
            case Heading heading:
                text.Append("### ").Append(MarkdownText.Escape(heading.Text)).Append("\n\n");
                break;
            case Paragraph paragraph:
                text.Append(MarkdownText.Escape(paragraph.Text)).Append("\n\n");
                break;
            case Bullets bullets:
                AppendItems(text, bullets.Items.Select(MarkdownText.Escape));
                break;
            case Figures figures:
                AppendItems(
                    text,
                    figures.Items.Select(figure =>
                        $"**{MarkdownText.Escape(figure.Title)}** (drawn in the HTML form). "
                        + MarkdownText.Escape(figure.Description)
                    )
                );
                break;
            case Table table:
                Write(text, table);
                break;
        }
    }

    private static void Write(StringBuilder text, Table table)
    {
        text.Append("**").Append(MarkdownText.Escape(table.Caption)).Append("**\n\n");
        AppendRow(text, table.Columns.Select(column => column.Title));
        text.Append('|')
            .AppendJoin('|', table.Columns.Select(column => column.IsNumber ? "---:" : "---"))
            .Append("|\n");
        foreach (var row in table.Rows)
        {
            AppendRow(text, row);
        }

        text.Append('\n');
    }

    private static void AppendRow(StringBuilder text, IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(MarkdownText.Escape)).Append(" |\n");

    private static void AppendItems(StringBuilder text, IEnumerable<string> items)
    {
        foreach (var item in items)
        {
            text.Append("- ").Append(item).Append('\n');
        }

        text.Append('\n');
    }
}
