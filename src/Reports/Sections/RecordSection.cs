using Dendrite.Reports.Content;
using Dendrite.Reports.Document;
using Dendrite.Reports.Text;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Reports.Sections;

/// <summary>Datasets and records that differ, cell by cell.</summary>
internal static class RecordSection
{
    public static Section Of(ReportDocument document) =>
        new(
            "records",
            "Records that differ",
            document.Datasets.Count == 0 && document.Records.Count == 0
                ? [new Paragraph("None.")]
                : [.. Datasets(document), .. Records(document)]
        );

    private static IEnumerable<Block> Datasets(ReportDocument document)
    {
        if (document.Datasets.Count == 0)
        {
            return [];
        }

        var counts = document.Counts;
        var all = counts.DatasetsOnlyFrom + counts.DatasetsOnlyTo + counts.DatasetsChanged;
        return
        [
            new Table(
                "Datasets that differ",
                [
                    "Dataset",
                    "Where",
                    TableColumn.Number("Records added"),
                    TableColumn.Number("Removed"),
                    TableColumn.Number("Changed"),
                    TableColumn.Text("What else differs"),
                ],
                [.. document.Datasets.Select(Row)]
            ),
            .. Left.Out(all, document.Datasets.Count, "dataset"),
        ];
    }

    private static string[] Row(DatasetDifference dataset) =>
        [
            Words.Short(dataset.DatasetId),
            Sides.Of(dataset.Side),
            Numbers.Count(dataset.RecordsOnlyTo),
            Numbers.Count(dataset.RecordsOnlyFrom),
            Numbers.Count(dataset.RecordsChanged),
            string.Join("; ", Others(dataset)),
        ];

    private static IEnumerable<string> Others(DatasetDifference dataset)
    {
        if (dataset.ColumnsOnlyTo.Count > 0)
        {
            yield return $"columns added: {Left.Names([.. dataset.ColumnsOnlyTo.Select(Name)], 8)}";
        }

        if (dataset.ColumnsOnlyFrom.Count > 0)
        {
            yield return $"columns removed: {Left.Names([.. dataset.ColumnsOnlyFrom.Select(Name)], 8)}";
        }

        if (dataset.ColumnsChanged.Count > 0)
        {
            var names = dataset.ColumnsChanged.Select(change => Name(change.To));
            yield return $"columns changed: {Left.Names([.. names], 8)}";
        }

        if (dataset.ChangedFields.Count > 0)
        {
            yield return $"fields changed: {Left.Names(dataset.ChangedFields, 8)}";
        }
    }

    private static string Name(Column column) => column.Column_;

    private static IEnumerable<Block> Records(ReportDocument document)
    {
        var cells = document
            .Records.SelectMany(record => record.Cells.Select(cell => (Record: record, Cell: cell)))
            .Take(ReportLimits.TabledCells)
            .ToArray();
        if (cells.Length == 0)
        {
            return [];
        }

        var counts = document.Counts;
        var all = counts.RecordsOnlyFrom + counts.RecordsOnlyTo + counts.RecordsChanged;
        var shown = cells.Select(pair => (pair.Record.DatasetId, pair.Record.RecordId)).Distinct().Count();
        return
        [
            new Table(
                "Cells that differ",
                ["Record", "Dataset", "Where", "Column", "From", "To"],
                [.. cells.Select(pair => Row(pair.Record, pair.Cell))]
            )
            {
                IsFolded = cells.Length > 50,
            },
            .. Cut(cells[^1].Record, cells.Count(pair => ReferenceEquals(pair.Record, cells[^1].Record))),
            .. Left.Out(all, shown, "record"),
        ];
    }

    /// <summary>The limit of cells may fall within a record.</summary>
    private static IEnumerable<Block> Cut(RecordDifference last, int listed) =>
        last.Cells.Count > listed
            ? [new Paragraph($"Of the last record {listed} of {Words.Count(last.Cells.Count, "cell")} are listed.")]
            : [];

    private static string[] Row(RecordDifference record, CellDifference cell) =>
        [
            Words.Short(record.RecordId),
            Words.Short(record.DatasetId),
            Sides.Of(record.Side),
            Words.Short(cell.Column),
            Shown(cell.From),
            Shown(cell.To),
        ];

    /// <summary>Nothing is not the same as null, and a text is not the same as a number.</summary>
    private static string Shown(Value? value) => value is null ? "–" : Words.Short(value.ToString());
}
