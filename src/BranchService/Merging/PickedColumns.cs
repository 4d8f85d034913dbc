using System.Text;
using System.Text.Json;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Columns of a picked dataset that the source has otherwise than the target. Of those that it does not have it says
/// nothing: their cells stay. Where one is wider in it, a value comes as the same value, or not at all.
/// </summary>
internal sealed class PickedColumns(DatasetDefinition source, DatasetDefinition target)
{
    private readonly List<(ColumnDefinition Source, ColumnDefinition Target)> narrower =
    [
        .. from column in target.Columns
        let wide = source.Find(column.Number)
        where wide is not null && !CellTypes.CanWiden(wide.Type, column.Type)
        select (wide, column),
    ];

    private readonly List<ColumnDefinition> unknown =
    [
        .. target.Columns.Where(column => source.Find(column.Number) is null),
    ];

    /// <summary>
    /// What a record of the source becomes: in columns that the source does not have it has what the target's record
    /// has, or where the target has none, what any new record has, or else what older ones have.
    /// </summary>
    /// <param name="record">As the source has it, read as the columns are in the target.</param>
    /// <param name="standing">As the target has it; null: it does not.</param>
    public IReadOnlyDictionary<int, CellValue> ResultOf(
        IReadOnlyDictionary<int, CellValue> record,
        IReadOnlyDictionary<int, CellValue>? standing
    )
    {
        var result = new Dictionary<int, CellValue>(record);
        foreach (var column in unknown)
        {
            result.Remove(column.Number);
            var cell =
                standing is null ? column.Default ?? column.Fill
                : standing.TryGetValue(column.Number, out var value) ? value
                : null;
            if (cell is { } kept)
            {
                result.Add(column.Number, kept);
            }
        }

        return result;
    }

    /// <summary>A document of the source without what it still holds of columns that the source dropped.</summary>
    public ReadOnlyMemory<byte> Shown(ReadOnlyMemory<byte> document) => Without(document, unknown);

    /// <summary>The document without the cells that the target cannot read.</summary>
    public ReadOnlyMemory<byte> Readable(ReadOnlyMemory<byte> document) =>
        Without(document, [.. Strange(document).Select(cell => cell.Column)]);

    /// <summary>What of a record the target cannot hold, to follow the record's name; null: nothing.</summary>
    public string? ProblemOf(ReadOnlyMemory<byte> document)
    {
        if (Strange(document) is not [var (column, value), ..])
        {
            return null;
        }

        var type = source.Find(column.Number)!.Type.Name();
        return $"has {CellParser.Show(value)} in column {column.Name}, which is {type} in the source and "
            + $"{column.Type.Name()} in the target";
    }

    private List<(ColumnDefinition Column, string Value)> Strange(ReadOnlyMemory<byte> document)
    {
        var strange = new List<(ColumnDefinition Column, string Value)>();
        if (narrower.Count == 0)
        {
            return strange;
        }

        using var json = JsonDocument.Parse(document);
        foreach (var (wide, column) in narrower)
        {
            if (
                json.RootElement.TryGetProperty($"{column.Number}", out var stored)
                && wide.Read(stored) is { } value
                && !IsSame(wide, value, column, stored)
            )
            {
                strange.Add((column, value.ToText()));
            }
        }

        return strange;
    }

    private static ReadOnlyMemory<byte> Without(ReadOnlyMemory<byte> document, List<ColumnDefinition> columns) =>
        columns.Count == 0
            ? document
            : Encoding.UTF8.GetBytes(
                columns
                    .Aggregate(
                        RecordDocument.Parse(Encoding.UTF8.GetString(document.Span)),
                        (kept, column) => kept.Without(column.Number)
                    )
                    .ToJson()
            );

    /// <summary>Whether the target reads a value that is the source's again once it is widened.</summary>
    private static bool IsSame(ColumnDefinition wide, CellValue value, ColumnDefinition column, JsonElement stored)
    {
        try
        {
            return column.Read(stored) is { } read && wide.Widen(read) is { } again && again == value;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
