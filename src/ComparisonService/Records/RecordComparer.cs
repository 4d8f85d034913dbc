using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Storage.Records;

namespace Dendrite.ComparisonService.Records;

/// <summary>
/// Compares two versions of a record, cell by cell, as the columns of each side read them. Pure; not thread-safe.
/// </summary>
/// <param name="isWhole">
/// Whether the texts of all cells count, by the names of their columns: they do where a document must come out exact.
/// People who ask what happened to a record are not told again, for each record, that a column was added or renamed.
/// </param>
public sealed class RecordComparer(DatasetPair pair, bool isWhole)
{
    private readonly ColumnPairs columns = isWhole ? ColumnPairs.ByName(pair) : pair.Columns;

    /// <summary>How they differ; null where they do not.</summary>
    /// <param name="from">Null or without document: the old side has no such record.</param>
    /// <param name="to">Likewise of the new side.</param>
    public RecordChange? Compare(ReadOnlyMemory<byte> key, StoredRecord? from, StoredRecord? to)
    {
        if (from is null or { IsDeleted: true } && to is null or { IsDeleted: true })
        {
            return null;
        }

        if (columns.IsSame && from?.Document is { } old && to?.Document is { } current)
        {
            if (old.Span.SequenceEqual(current.Span))
            {
                return null;
            }
        }

        var (before, after) = (Read(pair.From, from), Read(pair.To, to));
        var cells = before is { } left && after is { } right ? Changed(left, right) : OneSided(before, after);
        return cells.Count == 0 && before is not null && after is not null
            ? null
            : new(pair, key, before, after)
            {
                Cells = cells,
                FromVersion = before is null ? 0 : from!.Version.Value,
                ToVersion = to?.Version.Value ?? (before is null ? 0 : pair.DeletedIn.Value),
            };
    }

    private List<CellChange> Changed(RecordCells from, RecordCells to)
    {
        var cells = new List<CellChange>();
        foreach (var column in columns.All)
        {
            var (old, current) = (ValueOf(from, column.From), ValueOf(to, column.To));
            if (AreEqual(column, old, current))
            {
                continue;
            }

            cells.Add(new(column.Name, old, current) { IsInFrom = column.From >= 0, IsInTo = column.To >= 0 });
        }

        return cells;
    }

    private bool AreEqual(ColumnPair column, CellValue? from, CellValue? to)
    {
        var isOnBoth = column.From >= 0 && column.To >= 0;
        if (isWhole)
        {
            return isOnBoth && from?.ToJson() == to?.ToJson();
        }

        return isOnBoth
            ? AreEqual(column.ComparedAs, from, to)
            : !column.IsCompared || Nullable.Equals(column.From >= 0 ? from : to, column.Missing);
    }

    private static bool AreEqual(ColumnDefinition? column, CellValue? from, CellValue? to)
    {
        if (from is not { } old || to is not { } current)
        {
            return from is null && to is null;
        }

        return old.Type == current.Type ? old == current
            : column is { } wider ? wider.Widen(old) == wider.Widen(current)
            : old.ToText() == current.ToText();
    }

    private static List<CellChange> OneSided(RecordCells? from, RecordCells? to) =>
        from is { } old
            ?
            [
                .. old.Definition.Columns.Select(
                    (column, i) => new CellChange(column.Name, old.Values[i], null) { IsInTo = false }
                ),
            ]
            :
            [
                .. to!.Value.Definition.Columns.Select(
                    (column, i) => new CellChange(column.Name, null, to.Value.Values[i]) { IsInFrom = false }
                ),
            ];

    private static CellValue? ValueOf(RecordCells cells, int place) => place < 0 ? null : cells.Values[place];

    private static RecordCells? Read(DatasetSide? side, StoredRecord? record) =>
        side is not null && record?.Document is { } document ? RecordCells.Read(side.Definition, document) : null;
}
