using Dendrite.Contracts.Filters;
using Dendrite.Errors;
using Dendrite.IngestService.Datasets;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Storage.Records;

namespace Dendrite.IngestService.Records;

/// <summary>Which records of a dataset a caller wants, in which order, and which of their columns.</summary>
internal sealed class RecordSelection
{
    private RecordSelection() { }

    public KeyRange Keys { get; private init; }

    public FilterExpression? Filter { get; private init; }

    public IReadOnlyList<ColumnOrder> Order { get; private init; } = [];

    /// <summary>Indexes of the columns wanted; null: all.</summary>
    public IReadOnlyList<int>? Columns { get; private init; }

    /// <summary>Reads a selection against the columns of its dataset.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT, INVALID_FILTER.</exception>
    public static RecordSelection Read(Dataset dataset, V1.RecordSelection? selection, string orderBy)
    {
        selection ??= new();
        var problems = new RecordProblems();
        var read = new RecordSelection
        {
            Keys = KeyRangeInput.Read(dataset, selection, problems),
            Filter = FilterParser.Parse(selection.Filter, "selection.filter"),
            Order = ColumnOrder.Read(dataset.Definition, orderBy),
            Columns = ColumnsOf(dataset.Definition, selection.Columns, problems),
        };
        problems.ThrowIfAny();
        return read;
    }

    /// <param name="after">Where the page before ended, with its values; null: from the beginning.</param>
    public RecordQuery ToQuery(Dataset dataset, RecordPlace? after)
    {
        var sql = new DocumentSql();
        var conditions = new List<string>();
        var keys = Keys;
        if (Filter is not null)
        {
            conditions.Add(new RecordFilterSql(dataset.Definition, sql).Write(Filter));
        }

        if (after is not null)
        {
            if (Order.Count == 0)
            {
                keys = keys.After(after.Key);
            }
            else
            {
                conditions.Add(ColumnOrder.WriteAfter(Order, after.Values!, after.Key, sql));
            }
        }

        var order = string.Join(", ", Order.Select(by => by.Write(sql)));
        return new(dataset.Id)
        {
            Keys = keys,
            Condition = conditions.Count == 0 ? null : new(string.Join(" AND ", conditions), sql.AddParameters),
            Order = order.Length == 0 ? null : new(order, conditions.Count == 0 ? sql.AddParameters : _ => { }),
        };
    }

    /// <summary>Where a page ends, for its token.</summary>
    public string PlaceOf(Dataset dataset, StoredRecord last) =>
        new RecordPlace(last.Key.ToArray(), ValuesOf(dataset, last)).Write();

    /// <summary>What a record is ordered by.</summary>
    public IReadOnlyList<CellValue?> ValuesOf(Dataset dataset, StoredRecord record)
    {
        var cells = RecordMapper.CellsOf(dataset, record);
        return [.. Order.Select(by => cells[by.Column.Number])];
    }

    private static List<int>? ColumnsOf(
        DatasetDefinition definition,
        IReadOnlyList<string> names,
        RecordProblems problems
    )
    {
        var indexes = new List<int>();
        for (var i = 0; i < names.Count; i++)
        {
            var column = definition.Find(names[i]);
            if (column is null)
            {
                problems.Add(
                    new($"selection.columns[{i}]", $"{CellParser.Show(names[i])} is no column of the dataset")
                );
            }
            else if (indexes.Contains(definition.Columns.IndexOf(column)))
            {
                // A document that has a column twice could not be loaded again.
                var problem = $"{CellParser.Show(names[i])} is there already; name each column once";
                problems.Add(new($"selection.columns[{i}]", problem));
            }
            else
            {
                indexes.Add(definition.Columns.IndexOf(column));
            }
        }

        return names.Count == 0 ? null : indexes;
    }
}
