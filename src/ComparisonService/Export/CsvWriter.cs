using System.Text;
using Dendrite.ComparisonService.Records;
using Dendrite.Records.Cells;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Export;

/// <summary>
/// RFC 4180: a line for each cell that differs, lines ended by CR LF. A field without quotes and text is null, or a
/// side that has no such cell; an empty text has quotes.
/// </summary>
internal sealed class CsvWriter : DiffWriter
{
    private const string LineEnd = "\r\n";

    public override void Begin(StringBuilder text, ResolvedComparand comparand) =>
        text.Append("dataset,record,side,column,from,to,from_version,to_version").Append(LineEnd);

    public override void Write(StringBuilder text, RecordChange change)
    {
        foreach (var cell in change.Cells)
        {
            string[] fields =
            [
                Field(change.Dataset.Name),
                Field(change.RecordId),
                JsonLinesWriter.NameOf(change.Side),
                Field(cell.Column),
                Field(cell.From),
                Field(cell.To),
                $"{change.FromVersion}",
                $"{change.ToVersion}",
            ];
            text.AppendJoin(',', fields).Append(LineEnd);
        }
    }

    private static string Field(CellValue? value) => value is { } present ? Field(present.ToText()) : "";

    private static string Field(string text) =>
        text.Length > 0 && text.AsSpan().IndexOfAny("\",\r\n") < 0
            ? text
            : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
