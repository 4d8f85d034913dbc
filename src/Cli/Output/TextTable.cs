using Spectre.Console.Rendering;

namespace Dendrite.Cli.Output;

/// <summary>
/// Rows under a heading, if there is one, columns two spaces apart: legible for people, splittable for scripts.
/// </summary>
internal sealed class TextTable(params string[] heading)
{
    private readonly List<string[]> rows = heading.Length > 0 ? [heading] : [];

    public void Add(params string[] cells) => rows.Add([.. cells.Select(Shown.OnOneLine)]);

    public void WriteTo(CliOutput output)
    {
        int[] widths =
        [
            .. rows.Take(1).SelectMany(row => row).Select((_, column) => rows.Max(row => Width(row[column]))),
        ];
        foreach (string[] row in rows)
        {
            var cells = row.Select((cell, column) => cell + new string(' ', widths[column] - Width(cell)));
            output.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }

    /// <summary>Cells of a terminal: two for each ideograph.</summary>
    private static int Width(string text) => new Segment(text).CellCount();
}
