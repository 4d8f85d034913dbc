using System.Text;
using Dendrite.Reports.Content;
using Dendrite.Reports.Document;
using Dendrite.Reports.Markup;
using Dendrite.Reports.Text;

namespace Dendrite.Reports.Sections;

/// <summary>
/// Keeps a page within <see cref="ReportLimits.MaxHtmlBytes"/>. How many rows and names are shown is limited where they
/// are chosen; how long names are is up to those who gave them, and hundreds of the longest are more than a page takes.
/// Then the largest tables and lists are cut, all at the same size, and say so.
/// </summary>
internal static class PageRoom
{
    /// <summary>The style, the header and the signatures.</summary>
    private const int FrameBytes = 64 << 10;

    /// <summary>The most that the markup around a cell or an item takes.</summary>
    private const int MarkupBytes = 64;

    /// <summary>A list is not cut below this.</summary>
    private const int LeastBytes = 4 << 10;

    /// <summary>The sections, unchanged where all of it fits: nearly always.</summary>
    public static IReadOnlyList<Section> Fit(IReadOnlyList<Section> sections)
    {
        var (fitted, most) = (sections, ReportLimits.MaxHtmlBytes);
        while (fitted.Sum(BytesOf) > ReportLimits.MaxHtmlBytes - FrameBytes && most > LeastBytes)
        {
            most /= 2;
            fitted = [.. sections.Select(section => Cut(section, most))];
        }

        return fitted;
    }

    private static Section Cut(Section section, int most) =>
        section with
        {
            Blocks = [.. section.Blocks.SelectMany(block => Cut(block, most))],
        };

    private static IEnumerable<Block> Cut(Block block, int most)
    {
        switch (block)
        {
            case Table table when Fitting(table.Rows, BytesOf, most) is var rows && rows < table.Rows.Count:
                return [table with { Rows = [.. table.Rows.Take(rows)] }, Told(rows, table.Rows.Count, "row")];
            case Bullets list when Fitting(list.Items, BytesOf, most) is var items && items < list.Items.Count:
                return [new Bullets([.. list.Items.Take(items)]), Told(items, list.Items.Count, "line")];
            default:
                return [block];
        }
    }

    /// <summary>How many of the first stay within the bytes; one at least.</summary>
    private static int Fitting<T>(IReadOnlyList<T> items, Func<T, long> bytesOf, int most)
    {
        var (count, bytes) = (0, 0L);
        while (count < items.Count && (bytes += bytesOf(items[count])) <= most)
        {
            count++;
        }

        return Math.Max(count, Math.Min(1, items.Count));
    }

    private static Paragraph Told(int shown, int all, string noun) =>
        new(
            $"The first {Numbers.Count(shown)} of {Words.Count(all, noun)} are shown: the page has no room for more. "
                + "The JSON form has all that was read."
        );

    private static long BytesOf(Section section) => section.Blocks.Sum(BytesOf);

    private static long BytesOf(Block block) =>
        MarkupBytes
        + block switch
        {
            Heading heading => BytesOf(heading.Text),
            Paragraph paragraph => BytesOf(paragraph.Text),
            Bullets list => list.Items.Sum(BytesOf),
            Table table => (2 * BytesOf(table.Caption))
                + table.Columns.Sum(column => BytesOf(column.Title))
                + table.Rows.Sum(BytesOf),
            Figures figures => figures.Items.Sum(BytesOf),
            _ => 0,
        };

    private static long BytesOf(Figure figure) => BytesOf(figure.Title) + Encoding.UTF8.GetByteCount(figure.Svg);

    private static long BytesOf(IReadOnlyList<string> row) => row.Sum(BytesOf);

    private static long BytesOf(string text) => MarkupBytes + MarkupText.BytesOf(text);
}
