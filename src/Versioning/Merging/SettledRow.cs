namespace Dendrite.Versioning.Merging;

/// <summary>The result of one row.</summary>
/// <param name="Cells">The row that the merge must show; null: none. Says nothing where nobody settled it.</param>
public sealed record SettledRow<TColumn, TValue>(IReadOnlyDictionary<TColumn, TValue>? Cells, SettledBy By)
    where TColumn : notnull
{
    public bool IsUndecided => By == SettledBy.Nobody;
}

/// <summary>What made the result of a row.</summary>
public enum SettledBy
{
    /// <summary>Nothing yet: a conflict that stands in the way.</summary>
    Nobody,

    /// <summary>The sides came together by themselves.</summary>
    Merge,

    /// <summary>Strategies, of columns or of the merge.</summary>
    Policy,

    /// <summary>Somebody's decision.</summary>
    Decision,
}
