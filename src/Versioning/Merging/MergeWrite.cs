namespace Dendrite.Versioning.Merging;

/// <summary>
/// What the merge's commit must do about one key. Problem: after a merge the target sees the union of both vectors, and
/// in a union the row of the highest version wins; that is a fact of versions and not always the three-way result.
/// </summary>
/// <remarks>
/// The rule: wherever the union's winner is not the result, the merge's commit writes the result. Conflicts and rows
/// merged by cells are the plain cases. The one that is easy to miss is a change that was taken back:
/// <code>
/// base     x = 1                     the source never changed x: it is 1 at the base and 1 now
/// target   x = 2   (version 5)       so the result is the target's 2,
/// source   x = 3, then 1 again (7)   but the union shows the source's newer row, 1: the commit restates 2
/// </code>
/// What settled a conflict is written whatever the union shows: that somebody chose between two rows follows from no
/// row, and where another branch chose otherwise, the two choices must meet in the next merge.
/// <para>
/// Else where the union is right, nothing is written, however much the sides hold: merging 10 GB of signals writes no
/// row.
/// </para>
/// </remarks>
public enum MergeWrite
{
    /// <summary>The union shows the result, and no row of another timeline lies below its winner unmarked.</summary>
    Nothing,

    /// <summary>The union shows the result; its winner must be marked as lying above rows of other timelines.</summary>
    MarkWinner,

    /// <summary>The union shows something else, or somebody chose: write the result.</summary>
    Restate,
}

public static class MergeWrites
{
    /// <summary>What to do so that the merged branch shows <paramref name="result"/>.</summary>
    /// <param name="merge">How the sides came together.</param>
    public static MergeWrite Find<TColumn, TValue>(
        this RowMerger<TColumn, TValue> merger,
        RowMerge<TColumn, TValue> merge,
        IReadOnlyDictionary<TColumn, TValue>? result
    )
        where TColumn : notnull =>
        merge.IsConflict || !merger.AreEqual(merge.Sides.UnionWinner.Cells, result) ? MergeWrite.Restate
        : merge.Sides.BothWrote ? MergeWrite.MarkWinner
        : MergeWrite.Nothing;
}
