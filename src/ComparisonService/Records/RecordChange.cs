using Dendrite.Records.Cells;
using Dendrite.Records.Documents;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Records;

/// <summary>A record that differs.</summary>
/// <param name="From">Its values on the old side; null where that does not have it.</param>
/// <param name="To">Its values on the new side; likewise.</param>
public sealed record RecordChange(DatasetPair Dataset, ReadOnlyMemory<byte> Key, RecordCells? From, RecordCells? To)
{
    /// <summary>Those that differ; all where the record is on one side only.</summary>
    public IReadOnlyList<CellChange> Cells { get; init; } = [];

    /// <summary>The commit that wrote it on the old side; 0 where that does not have it.</summary>
    public long FromVersion { get; init; }

    /// <summary>The commit that wrote or deleted it on the new side; 0 where that never had it.</summary>
    public long ToVersion { get; init; }

    public DiffSide Side =>
        From is null ? DiffSide.OnlyTo
        : To is null ? DiffSide.OnlyFrom
        : DiffSide.Changed;

    /// <summary>The last part of the record's name.</summary>
    public string RecordId => field ??= Dendrite.Records.Keys.RecordId.Format((To ?? From!.Value).KeyValues().AsSpan());
}

/// <summary>A cell that differs.</summary>
/// <param name="Column">Its name, as in <see cref="ColumnPair.Name"/>.</param>
/// <param name="From">The value on the old side; null is a null.</param>
/// <param name="To">The value on the new side; null is a null.</param>
public sealed record CellChange(string Column, CellValue? From, CellValue? To)
{
    /// <summary>Whether the old side has the record and the column at all.</summary>
    public bool IsInFrom { get; init; } = true;

    /// <summary>Whether the new side has the record and the column at all.</summary>
    public bool IsInTo { get; init; } = true;
}
