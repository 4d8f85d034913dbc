using Dendrite.Contracts.Cells;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Records;

/// <summary>Puts records that differ on the wire.</summary>
public static class RecordDifferenceMapper
{
    public static RecordDifference ToMessage(RecordChange change)
    {
        var message = new RecordDifference
        {
            DatasetId = change.Dataset.Name,
            RecordId = change.RecordId,
            Side = change.Side,
            FromVersion = change.FromVersion,
            ToVersion = change.ToVersion,
        };
        message.Cells.AddRange(change.Cells.Select(ToMessage));
        return message;
    }

    private static CellDifference ToMessage(CellChange cell) =>
        new()
        {
            Column = cell.Column,
            From = cell.IsInFrom ? ValueMapper.ToValue(cell.From) : null,
            To = cell.IsInTo ? ValueMapper.ToValue(cell.To) : null,
        };
}
