using System.Text;
using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Records.Reading;
using Dendrite.Records.Writing;

namespace Dendrite.IngestService.Records;

/// <summary>Writes records as a document. Not thread-safe.</summary>
/// <param name="columns">Indexes of the columns wanted; null: all.</param>
/// <param name="csv">Null: JSON Lines.</param>
internal sealed class DocumentOutput(DatasetDefinition definition, IReadOnlyList<int>? columns, CsvFormat? csv)
{
    private readonly IReadOnlyList<int> shown = columns ?? [.. Enumerable.Range(0, definition.Columns.Length)];

    private readonly Encoding encoding = csv?.Encoding ?? new UTF8Encoding(false);

    private List<ColumnDefinition> Columns => [.. shown.Select(i => definition.Columns[i])];

    private CsvRecordWriter? csvWriter;
    private JsonLinesRecordWriter? jsonWriter;

    /// <summary>What stands before the first record.</summary>
    /// <exception cref="DendriteException">
    /// INVALID_ARGUMENT: CSV of one column whose nulls would be empty lines, which readers of CSV skip.
    /// </exception>
    public void Begin(StringBuilder text)
    {
        if (csv is null)
        {
            jsonWriter = new(Columns);
            return;
        }

        if (Columns is [{ Required: false } only] && !definition.IsKey(only))
        {
            throw DendriteException.Invalid(
                "selection.columns",
                $"has '{only.Name}' alone, whose nulls would be empty lines of CSV, which are skipped where it is read;"
                    + " add a column of the key, or use JSON Lines"
            );
        }

        csvWriter = new(Columns, csv);
        // UTF-16 without its mark cannot be told from the other byte order.
        text.Append(encoding.Preamble.Length > 0 && encoding is UnicodeEncoding ? "\uFEFF" : "");
        csvWriter.WriteHeader(text);
    }

    public void Write(StringBuilder text, RecordCells cells)
    {
        CellValue?[] values = [.. shown.Select(i => cells.Values[i])];
        csvWriter?.Write(text, values);
        jsonWriter?.Write(text, values);
    }

    /// <exception cref="DendriteException">INVALID_ARGUMENT: the encoding lacks a character of the records.</exception>
    public byte[] Encode(StringBuilder text)
    {
        try
        {
            return encoding.GetBytes(text.ToString());
        }
        catch (EncoderFallbackException missing)
        {
            throw DendriteException.Invalid(
                "csv.encoding",
                $"{encoding.WebName} has no character U+{(int)missing.CharUnknown:X4}, which a record holds; use utf-8"
            );
        }
    }
}
