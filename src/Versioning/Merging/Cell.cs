namespace Dendrite.Versioning.Merging;

/// <summary>The value of one column in one row of one side; a row may have no such column.</summary>
/// <param name="IsPresent">False where the row or the column is missing; then the value says nothing.</param>
public readonly record struct Cell<TValue>(bool IsPresent, TValue? Value);

public static class Cell
{
    /// <summary>A cell that is there.</summary>
    public static Cell<TValue> Of<TValue>(TValue value) => new(true, value);
}

/// <summary>A column that both sides changed, differently, or whose changes add up.</summary>
public sealed record CellClash<TColumn, TValue>(
    TColumn Column,
    Cell<TValue> Base,
    Cell<TValue> Source,
    Cell<TValue> Target
);
