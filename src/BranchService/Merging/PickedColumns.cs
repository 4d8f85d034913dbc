using System.Text;
using System.Text.Json;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Columns of a picked dataset that are narrower in the target than in the source: a value of the source comes as the
/// same value, or not at all.
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

    /// <summary>The document without the cells that the target cannot read.</summary>
    public ReadOnlyMemory<byte> Readable(ReadOnlyMemory<byte> document)
    {
        var strange = Strange(document);
        return strange.Count == 0
            ? document
            : Encoding.UTF8.GetBytes(
                strange
                    .Aggregate(
                        RecordDocument.Parse(Encoding.UTF8.GetString(document.Span)),
                        (kept, cell) => kept.Without(cell.Column.Number)
                    )
                    .ToJson()
            );
    }

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
