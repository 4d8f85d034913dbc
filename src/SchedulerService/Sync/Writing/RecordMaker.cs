using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dendrite.Contracts.Cells;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Records.Keys;
using Dendrite.SchedulerService.Sync.Origins;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Sync.Writing;

/// <summary>
/// Makes records of items by the columns of a dataset: fields by their names or by those they are mapped to. Fields
/// without a column are left out, since web servers say much that no table wants; one that is mapped to a column that
/// is
/// not there is a mistake. Thread-safe.
/// </summary>
/// <param name="columnNames">Field to column, where the names differ.</param>
internal sealed class RecordMaker(
    DatasetDefinition dataset,
    IReadOnlyDictionary<string, string> columnNames,
    string changedField
)
{
    /// <summary>For the report.</summary>
    private const int MaxLeftOut = 100;

    private readonly ConcurrentDictionary<string, bool> leftOut = new(StringComparer.Ordinal);

    /// <summary>Fields that have no column.</summary>
    public IEnumerable<string> LeftOutFields => leftOut.Keys.Order(StringComparer.Ordinal);

    /// <summary>The column that holds the changed value; null where none does.</summary>
    public ColumnDefinition? ChangedColumn =>
        changedField.Length == 0 ? null : dataset.Find(columnNames.GetValueOrDefault(changedField, changedField));

    /// <summary>The item's changed value; null where it has none.</summary>
    public ChangedValue? ChangedOf(SourceItem item) =>
        changedField.Length > 0
        && item.Value.ValueKind == JsonValueKind.Object
        && item.Value.TryGetProperty(changedField, out var value)
            ? ChangedValue.Of(value)
            : null;

    /// <summary>Makes a record.</summary>
    /// <returns>With a problem where the item is none.</returns>
    public MadeRecord Make(SourceItem item)
    {
        if (item.Problem is { } bad)
        {
            return new(item, null, null) { Problem = bad };
        }

        var draft = new RecordDraft(dataset);
        draft.Begin();
        var problems = new List<string>();
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in item.Value.EnumerateObject())
        {
            if (CanonicalJson.NameOf(field, out var unnamed) is not { } name)
            {
                problems.Add($"a field {unnamed}");
            }
            else if (!named.Add(name))
            {
                problems.Add($"{CellParser.Show(name)} is named twice");
            }
            else
            {
                Set(draft, field, item.IsText, problems);
            }
        }

        var cells = draft.Complete();
        problems.AddRange(draft.Problems.Select(problem => $"{problem.Column}: {problem.Problem}"));
        problems.AddRange(RoundedOf(cells));
        return problems.Count == 0
            ? new(item, ToStruct(cells), RecordId.Format(cells.KeyValues().AsSpan())) { Changed = ChangedOf(item) }
            : new(item, null, null) { Problem = string.Join("; ", problems.Take(5)) };
    }

    /// <summary>SHA-256 of a record's id.</summary>
    public static byte[] Digest(string recordId) => SHA256.HashData(Encoding.UTF8.GetBytes(recordId));

    private void Set(RecordDraft draft, JsonProperty field, bool isText, List<string> problems)
    {
        var isMapped = columnNames.TryGetValue(field.Name, out var column);
        var index = draft.IndexOf(column ?? field.Name);
        if (index < 0)
        {
            if (isMapped)
            {
                problems.Add(
                    $"{CellParser.Show(field.Name)} is mapped to '{column}', which is no column of the dataset"
                );
            }
            else if (leftOut.Count < MaxLeftOut)
            {
                leftOut.TryAdd(field.Name, true);
            }

            return;
        }

        string? problem = null;
        var input =
            isText && field.Value.ValueKind == JsonValueKind.String
                ? CellInput.OfField(field.Value.GetString()!)
                : CellInput.OfJson(field.Value, out problem);
        if (problem is null)
        {
            draft.Set(index, input);
        }
        else
        {
            problems.Add($"{field.Name}: {problem}");
        }
    }

    // Other numbers travel as texts; those within JSON do not.
    private static IEnumerable<string> RoundedOf(RecordCells cells)
    {
        for (var i = 0; i < cells.Values.Length; i++)
        {
            if (cells.Values[i] is { } value && !ValueMapper.IsExact(value))
            {
                yield return $"{cells.Definition.Columns[i].Name}: holds a number with more digits than binary64 "
                    + "keeps; write it as a string";
            }
        }
    }

    private static Struct ToStruct(RecordCells cells)
    {
        var values = new Struct();
        for (var i = 0; i < cells.Values.Length; i++)
        {
            values.Fields[cells.Definition.Columns[i].Name] = ValueMapper.ToExactValue(cells.Values[i]);
        }

        return values;
    }
}

/// <summary>A record made of an item.</summary>
/// <param name="Values">As it is written; null where it is none.</param>
/// <param name="Id">Last part of its name; null where it is none.</param>
internal sealed record MadeRecord(SourceItem Item, Struct? Values, string? Id)
{
    /// <summary>Why it is none; null where it is one.</summary>
    public string? Problem { get; init; }

    public ChangedValue? Changed { get; init; }

    /// <summary>The later of two versions of one record; of equals, or what cannot be compared, the one that came
    /// later.
    /// </summary>
    public static MadeRecord Later(MadeRecord first, MadeRecord second) =>
        first.Changed is { } one && second.Changed is { } other && one.IsAfter(other) == true ? first : second;
}
