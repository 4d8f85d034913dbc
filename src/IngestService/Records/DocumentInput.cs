using System.Collections.Immutable;
using Dendrite.Errors;
using Dendrite.Records.Datasets;
using Dendrite.Records.Reading;
using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.IngestService.Records;

/// <summary>Reads in which form records travel as a document.</summary>
internal static class DocumentInput
{
    private const int MaxNullValues = 100;

    /// <returns>Null for JSON Lines.</returns>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static CsvFormat? Read(V1.RecordFormat format, V1.CsvOptions? csv, string path = "")
    {
        switch (format)
        {
            case V1.RecordFormat.JsonLines:
                return null;
            case V1.RecordFormat.Csv:
                return Read(csv ?? new(), $"{path}csv");
            default:
                throw DendriteException.Invalid(
                    $"{path}format",
                    $"{(int)format} is none; use RECORD_FORMAT_CSV or RECORD_FORMAT_JSON_LINES"
                );
        }
    }

    /// <summary>Reads a document of records.</summary>
    public static RecordSource Open(Stream document, DatasetDefinition definition, CsvFormat? csv) =>
        csv is null ? new JsonLinesRecordSource(document, definition) : new CsvRecordSource(document, definition, csv);

    private static CsvFormat Read(V1.CsvOptions csv, string path)
    {
        var violations = new Violations();
        if (csv.Delimiter.Length > 1 || (csv.Delimiter.Length == 1 && !CsvFormat.IsDelimiter(csv.Delimiter[0])))
        {
            var problem =
                $"'{RequestFields.Excerpt(csv.Delimiter)}' is no delimiter: one character, no quote or line end";
            violations.Add($"{path}.delimiter", problem);
        }

        var encoding = TextEncodings.Find(csv.Encoding);
        if (encoding is null)
        {
            var problem =
                $"'{RequestFields.Excerpt(csv.Encoding)}' is no encoding that is known here; try windows-1252";
            violations.Add($"{path}.encoding", problem);
        }

        if (csv.NullValues.Count > MaxNullValues)
        {
            violations.Add($"{path}.null_values", $"has {csv.NullValues.Count}; at most {MaxNullValues} are allowed");
        }

        if (csv.ColumnNames.Count > DefinitionRules.MaxColumns)
        {
            var problem = $"has {csv.ColumnNames.Count}; at most {DefinitionRules.MaxColumns} are allowed";
            violations.Add($"{path}.column_names", problem);
        }

        violations.ThrowIfAny();
        return new()
        {
            Delimiter = csv.Delimiter.Length == 0 ? ',' : csv.Delimiter[0],
            Encoding = encoding!,
            NullValues = [.. csv.NullValues],
            ColumnNames = csv.ColumnNames.ToImmutableDictionary(StringComparer.Ordinal),
        };
    }
}
