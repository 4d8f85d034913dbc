namespace Dendrite.Versioning.Merging;

/// <summary>A row as one snapshot sees it.</summary>
/// <param name="Version">The version of the row that wins there; zero where none was ever written.</param>
/// <param name="Cells">Column to value; null where the row does not exist or is deleted.</param>
public sealed record RowState<TColumn, TValue>(CommitVersion Version, IReadOnlyDictionary<TColumn, TValue>? Cells)
    where TColumn : notnull
{
    /// <summary>
    /// Whether this side has rows of the key beyond the merge base, winning or not. Not the same as a winner above the
    /// base's: after criss-cross merges a row may lie beyond the base and below its winner.
    /// </summary>
    public bool IsDiverged { get; init; }

    /// <summary>
    /// Columns of which a base says no value; they are not among the cells. See <see cref="CrosswiseBase{TColumn,
    /// TValue}"/>: sides have none.
    /// </summary>
    public IReadOnlyCollection<TColumn> OpenColumns { get; init; } = [];

    /// <summary>Of a base: whether it does not even say whether there is a row. Then it has no cells.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Whether nothing is open.</summary>
    public bool SaysAll => !IsOpen && OpenColumns.Count == 0;
}

/// <summary>One key on the three sides of a merge: source flows into target, against base.</summary>
public sealed record RowSides<TColumn, TValue>(
    RowState<TColumn, TValue> Base,
    RowState<TColumn, TValue> Source,
    RowState<TColumn, TValue> Target
)
    where TColumn : notnull
{
    /// <summary>
    /// Where the source's and the target's rows come from; null where that is not known or says nothing, such as of a
    /// commit that is undone: then the sides are all there is.
    /// </summary>
    public RowAncestry<TColumn, TValue>? Ancestry { get; init; }

    /// <summary>What the union of both vectors shows for the key: among the rows of both sides, the newest.</summary>
    public RowState<TColumn, TValue> UnionWinner => Source.Version > Target.Version ? Source : Target;

    /// <summary>
    /// Whether both sides have rows of the key beyond the base, with equal results or not: then the merged branch's
    /// winner may lie above a row of another timeline that its writer did not see.
    /// </summary>
    public bool BothWrote => Source.IsDiverged && Target.IsDiverged;
}
