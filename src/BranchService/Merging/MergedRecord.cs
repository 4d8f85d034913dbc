using System.Text;
using Dendrite.Records.Cells;
using Dendrite.Records.Documents;
using Dendrite.Records.Keys;
using Dendrite.Storage.Records;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>A record that either side wrote since the base, and how its sides come together.</summary>
internal sealed record ComparedRecord(MergedDataset Dataset, DivergedRecord Row, RowMerge<int, CellValue> Merge);

/// <summary>A record that either side wrote since the base, with its result.</summary>
/// <param name="Result">What the merge must show; null: no record.</param>
internal sealed record MergedRecord(
    MergedDataset Dataset,
    DivergedRecord Row,
    RowMerge<int, CellValue> Merge,
    IReadOnlyDictionary<int, CellValue>? Result
)
{
    public string RecordId => IdOf(Dataset, Row.Key);

    /// <summary>Whether it lost against another record: the result is a side's and not what came together.</summary>
    public bool IsTakenBack { get; init; }

    /// <summary>The result in the order of the columns.</summary>
    public RecordCells? Cells => CellsOf(Dataset, Result);

    /// <summary>
    /// Whether the target shows something else than the result. Of a dataset that it deleted the cells are not read,
    /// but the rows stand, and come back with it.
    /// </summary>
    public bool DiffersFromTarget =>
        Result is null
            ? Row.Target?.Document is not null
            : !RecordMerging.Merger.AreEqual(Result, Merge.Sides.Target.Cells);

    /// <summary>The result, beside what the target shows: it was found with another row in that one's place.</summary>
    public MergedRecord Beside(DivergedRecord shown)
    {
        var now = RecordMerging.State(Dataset, shown.Target, shown.Sides.HasFlag(DivergedSides.Target));
        return this with { Row = shown, Merge = Merge with { Sides = Merge.Sides with { Target = now } } };
    }

    public static string IdOf(MergedDataset dataset, ReadOnlyMemory<byte> key) =>
        Records.Keys.RecordId.Format(RecordKey.Decode(key.Span, dataset.Definition.KeyTypes.AsSpan()).AsSpan());

    /// <summary>The row that the merge's commit writes where the union does not show the result.</summary>
    public RecordChange ToChange()
    {
        if (Cells is not { } cells)
        {
            return new(Dataset.Id, Row.Key, null);
        }

        // Cells of columns that this branch has dropped stay: another may still see them.
        var former = (Row.Target?.Document ?? Row.Source?.Document) is { } document
            ? RecordDocument.Parse(Encoding.UTF8.GetString(document.Span))
            : null;
        return new(Dataset.Id, Row.Key, cells.ToUtf8(former)) { Lookups = LookupsOf(cells) };
    }

    /// <summary>What the record is found by, one entry for each constraint that it has values for.</summary>
    public static IReadOnlyList<RuleDigest> LookupsOf(RecordCells cells) =>
        [.. ConstraintDigest.LookupsOf(cells).Select(entry => new RuleDigest(entry.Rule, entry.Digest))];

    public static RecordCells? CellsOf(MergedDataset dataset, IReadOnlyDictionary<int, CellValue>? cells) =>
        cells is null
            ? null
            : new(
                dataset.Definition,
                [
                    .. dataset.Definition.Columns.Select(column =>
                        cells.TryGetValue(column.Number, out var value) ? value : (CellValue?)null
                    ),
                ]
            );
}
