namespace Dendrite.Versioning.Merging;

/// <summary>How the three sides of one row come together, before any decision.</summary>
/// <param name="Merged">The result; in a conflict over cells, the row without those; null: no row, or, in a conflict
/// over a deletion, nothing yet.</param>
/// <param name="Clashes">The cells in conflict; of a row that one side deleted, what the other changed.</param>
public sealed record RowMerge<TColumn, TValue>(
    RowSides<TColumn, TValue> Sides,
    RowMergeOutcome Outcome,
    IReadOnlyDictionary<TColumn, TValue>? Merged,
    IReadOnlyList<CellClash<TColumn, TValue>> Clashes
)
    where TColumn : notnull
{
    public bool IsConflict => Outcome.ConflictOf() is not null;
}
