using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;

namespace Dendrite.Records.Reading;

/// <summary>Records of a CSV document whose first line names the columns, in any order.</summary>
public sealed class CsvRecordSource(Stream document, DatasetDefinition definition, CsvFormat format)
    : RecordSource(definition)
{
    /// <summary>What others than <see cref="CsvFormat.Delimiter"/> is found between fields.</summary>
    private static readonly char[] OtherDelimiters = [';', '\t', '|', ','];

    private readonly CsvRows rows = new(document, format);
    private readonly DatasetDefinition definition = definition;
    private int[]? columns;

    protected override long LineOfReading => rows.LineOfReading;

    protected override async ValueTask<bool> ReadRowAsync(CancellationToken cancellationToken)
    {
        if (IsAtEnd)
        {
            return false;
        }

        if (columns is null)
        {
            await ReadHeaderAsync(cancellationToken);
        }

        if (columns is null)
        {
            // Without its header no row means anything.
            (IsAtEnd, IsUnreadable) = (true, true);
            return true;
        }

        if (!await rows.ReadAsync(cancellationToken))
        {
            return false;
        }

        Line = rows.Line;
        if (rows.Problem is { } problem)
        {
            Refuse(problem);
            IsUnreadable = rows.IsLost;
        }
        else if (rows.Fields.Count != columns.Length)
        {
            Refuse($"has {rows.Fields.Count} fields; the first line has {columns.Length}");
        }
        else
        {
            FillDraft(columns);
        }

        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            rows.Dispose();
        }
    }

    private void FillDraft(int[] indexes)
    {
        Draft.Begin();
        for (var i = 0; i < indexes.Length; i++)
        {
            var field = rows.Fields[i];
            Draft.Set(indexes[i], format.IsNull(field) ? CellInput.Null : CellInput.OfField(field.Text));
        }
    }

    private async ValueTask ReadHeaderAsync(CancellationToken cancellationToken)
    {
        if (!await rows.ReadAsync(cancellationToken))
        {
            // Taken for no records, an export that failed would empty a dataset.
            Refuse("is missing: the document is empty; its first line names the columns");
            return;
        }

        Line = rows.Line;
        if (rows.Problem is { } problem)
        {
            Refuse(problem);
            return;
        }

        var indexes = new int[rows.Fields.Count];
        var named = new HashSet<int>();
        for (var i = 0; i < indexes.Length; i++)
        {
            var name = rows.Fields[i].Text;
            indexes[i] = Draft.IndexOf(format.ColumnNames.GetValueOrDefault(name, name));
            if (indexes[i] < 0)
            {
                Refuse($"{CellParser.Show(name)} is no column of the dataset; {RemedyOf(name)}", name);
            }
            else if (!named.Add(indexes[i]))
            {
                Refuse($"{CellParser.Show(name)} is named twice", name);
            }
        }

        RequireKey(named);
        columns = BadRows.Count == 0 ? indexes : null;
    }

    // By the words of the API, and by the options of the command line, which shows the same text.
    private string RemedyOf(string name) =>
        rows.Fields.Count == 1 && FindOtherDelimiter(name) is { } found
            ? $"say with delimiter (--delimiter '{found}') what stands between fields"
            : "rename it with column_names (--map)";

    /// <summary>
    /// What seems to stand between the fields of a line that was read as one field, a tab as <c>\t</c>; null where
    /// nothing does.
    /// </summary>
    public static string? FindOtherDelimiter(string line) =>
        line.IndexOfAny(OtherDelimiters) switch
        {
            < 0 => null,
            var at => line[at] == '\t' ? "\\t" : $"{line[at]}",
        };

    private void RequireKey(HashSet<int> named)
    {
        foreach (var column in definition.KeyColumns)
        {
            if (column.Default is null && !named.Contains(Draft.IndexOf(column.Name)))
            {
                Refuse($"{column.Name} is part of the key and not among the columns of the document", column.Name);
            }
        }
    }
}
