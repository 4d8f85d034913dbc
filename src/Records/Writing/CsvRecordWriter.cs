using System.Text;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Reading;

namespace Dendrite.Records.Writing;

/// <summary>Writes records as CSV that loads back equal.</summary>
/// <param name="columns">The columns to write, in order.</param>
/// <param name="format">Delimiter and what must be quoted so that it is not read as null.</param>
public sealed class CsvRecordWriter(IReadOnlyList<ColumnDefinition> columns, CsvFormat format)
{
    private const string LineEnd = "\r\n";

    /// <summary>The first line: names of the columns.</summary>
    public void WriteHeader(StringBuilder output)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            Begin(output, i).Append(Field(columns[i].Name));
        }

        output.Append(LineEnd);
    }

    /// <summary>A record.</summary>
    /// <param name="values">In the order of the columns.</param>
    public void Write(StringBuilder output, IReadOnlyList<CellValue?> values)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            Begin(output, i).Append(values[i] is { } value ? Field(value.ToText()) : "");
        }

        output.Append(LineEnd);
    }

    private StringBuilder Begin(StringBuilder output, int field) =>
        field == 0 ? output : output.Append(format.Delimiter);

    // An empty text has quotes, since an empty field without them is null.
    private string Field(string text)
    {
        var isPlain =
            text.Length > 0
            && !format.NullValues.Contains(text)
            && text.AsSpan().IndexOfAny('"', '\r', '\n') < 0
            && !text.Contains(format.Delimiter);
        return isPlain ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
