using System.Text;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;

namespace Dendrite.Records.Writing;

/// <summary>
/// Writes records as JSON Lines that load back equal. Nulls are written: a column left out would get its default.
/// </summary>
public sealed class JsonLinesRecordWriter(IReadOnlyList<ColumnDefinition> columns)
{
    private readonly string[] names = [.. columns.Select(column => CanonicalJson.Quote(column.Name))];

    /// <summary>A record and the end of its line.</summary>
    /// <param name="values">In the order of the columns.</param>
    public void Write(StringBuilder output, IReadOnlyList<CellValue?> values)
    {
        for (var i = 0; i < names.Length; i++)
        {
            output.Append(i == 0 ? '{' : ',').Append(names[i]).Append(':').Append(values[i]?.ToJson() ?? "null");
        }

        output.Append("}\n");
    }
}
