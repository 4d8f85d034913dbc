using System.Text;
using Dendrite.ComparisonService.Records;
using Dendrite.Contracts.Cells;
using Dendrite.Records.Datasets;
using Dendrite.V1;
using Google.Protobuf;
using CellChange = Dendrite.ComparisonService.Records.CellChange;

namespace Dendrite.ComparisonService.Export;

/// <summary>
/// RFC 6902: applied to the document of the old side it gives that of the new one, exactly. The document of a branch is
/// <code>
/// {"subject": {"key": ["id"],
///              "columns": {"id": {"column": "id", "type": "COLUMN_TYPE_TEXT", ...}, ...},
///              "records": {"s1": {"id": "s1", "age": 40, "arm": null}, ...}}, ...}
/// </code>
/// Whatever is changed or removed is tested first, so whoever applies the patch elsewhere is told where it does not
/// fit. A dataset goes record by record, and only where no other is left. There is no operation for a whole column:
/// where one was renamed, added or dropped, each record takes its own. Only where a dataset gave way to one of another
/// key are its records not looked at: their ids and those of the new ones may be the same.
/// </summary>
internal sealed class JsonPatchWriter : DiffWriter
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default);

    private bool isFirst = true;

    /// <summary>The path of a dataset that goes when its records have; null: none does.</summary>
    private string? leaving;

    public override bool IsWhole => true;

    public override void Begin(StringBuilder text, ResolvedComparand comparand) => text.Append('[');

    public override void Begin(StringBuilder text, DatasetPair dataset)
    {
        Leave(text);
        var path = $"/{Escape(dataset.Name)}";
        if (dataset.To is not { } to)
        {
            AddTests(text, path, dataset.From!.Definition);
            leaving = path;
        }
        else if (dataset.From is not { } from)
        {
            Add(text, "add", path, Empty(to.Definition));
        }
        else if (!dataset.HasOneKey)
        {
            AddTests(text, path, from.Definition);
            Add(text, "replace", path, Empty(to.Definition));
        }
        else
        {
            AddKey(text, path, from.Definition, to.Definition);
            AddColumns(text, $"{path}/columns", dataset);
        }
    }

    public override void Write(StringBuilder text, RecordChange change)
    {
        var path = $"/{Escape(change.Dataset.Name)}/records/{Escape(change.RecordId)}";
        switch (change.Side)
        {
            case DiffSide.OnlyTo:
                Add(text, "add", path, Values(change.Cells.Select(cell => (cell.Column, Json.Of(cell.To)))));
                break;
            case DiffSide.OnlyFrom when change.Dataset is { To: not null, HasOneKey: false }:
                // Gone with the dataset that was replaced.
                break;
            case DiffSide.OnlyFrom:
                Add(text, "test", path, Values(change.Cells.Select(cell => (cell.Column, Json.Of(cell.From)))));
                Add(text, "remove", path, null);
                break;
            default:
                AddCells(text, path, change.Cells);
                break;
        }
    }

    public override void End(StringBuilder text)
    {
        Leave(text);
        text.Append(isFirst ? "]\n" : "\n]\n");
    }

    /// <summary>Removes the dataset whose records have been removed.</summary>
    private void Leave(StringBuilder text)
    {
        if (leaving is { } path)
        {
            Add(text, "test", $"{path}/records", "{}");
            Add(text, "remove", path, null);
            leaving = null;
        }
    }

    private void AddTests(StringBuilder text, string path, DatasetDefinition definition)
    {
        Add(text, "test", $"{path}/key", Key(definition));
        Add(text, "test", $"{path}/columns", Columns(definition));
    }

    private void AddCells(StringBuilder text, string path, IReadOnlyList<CellChange> cells)
    {
        foreach (var cell in cells)
        {
            var at = $"{path}/{Escape(cell.Column)}";
            if (cell.IsInFrom)
            {
                Add(text, "test", at, Json.Of(cell.From));
            }

            var operation =
                !cell.IsInTo ? "remove"
                : cell.IsInFrom ? "replace"
                : "add";
            Add(text, operation, at, cell.IsInTo ? Json.Of(cell.To) : null);
        }
    }

    private void AddKey(StringBuilder text, string path, DatasetDefinition from, DatasetDefinition to)
    {
        if (Key(from) != Key(to))
        {
            Add(text, "test", $"{path}/key", Key(from));
            Add(text, "replace", $"{path}/key", Key(to));
        }
    }

    private void AddColumns(StringBuilder text, string path, DatasetPair dataset)
    {
        foreach (var column in ColumnPairs.ByName(dataset).All)
        {
            var from = column.From < 0 ? null : Show(dataset.From!.Definition.Columns[column.From]);
            var to = column.To < 0 ? null : Show(dataset.To!.Definition.Columns[column.To]);
            if (from != to)
            {
                var operation =
                    to is null ? "remove"
                    : from is null ? "add"
                    : "replace";
                var at = $"{path}/{Escape(column.Name)}";
                if (from is not null)
                {
                    Add(text, "test", at, from);
                }

                Add(text, operation, at, to);
            }
        }
    }

    private void Add(StringBuilder text, string operation, string path, string? value)
    {
        text.Append(isFirst ? "\n" : ",\n");
        isFirst = false;
        text.Append($"{{\"op\":\"{operation}\",\"path\":{Json.Quote(path)}");
        text.Append(value is null ? "}" : $",\"value\":{value}}}");
    }

    private static string Empty(DatasetDefinition definition) =>
        $"{{\"key\":{Key(definition)},\"columns\":" + $"{Columns(definition)},\"records\":{{}}}}";

    private static string Columns(DatasetDefinition definition) =>
        Values(definition.Columns.Select(column => (column.Name, Show(column))));

    private static string Key(DatasetDefinition definition) =>
        $"[{string.Join(',', definition.KeyColumns.Select(column => Json.Quote(column.Name)))}]";

    private static string Values(IEnumerable<(string Name, string Value)> members) =>
        $"{{{string.Join(',', members.Select(member => $"{Json.Quote(member.Name)}:{member.Value}"))}}}";

    private static string Show(ColumnDefinition column) => Formatter.Format(ColumnMapper.ToContract(column));

    /// <summary>RFC 6901: of a name in a pointer.</summary>
    private static string Escape(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
