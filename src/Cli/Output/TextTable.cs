namespace Dendrite.Cli.Output;

/// <summary>Rows under a heading, columns two spaces apart: legible for people, splittable for scripts.</summary>
internal sealed class TextTable(params string[] heading)
{
    private readonly List<string[]> rows = [heading];

    public void Add(params string[] cells) => rows.Add([.. cells.Select(Shown.OnOneLine)]);

    public void WriteTo(CliOutput output)
    {
        int[] widths = [.. heading.Select((_, column) => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }
}
