namespace Dendrite.Versioning.Merging;

/// <summary>What to do about conflicts that neither a decision nor a column's strategy resolves.</summary>
public enum MergeStrategy
{
    /// <summary>Leave them undecided: the merge is refused.</summary>
    Fail,

    /// <summary>Take the source's cells, or its row where one side deleted it.</summary>
    TakeSource,

    /// <summary>Take the target's.</summary>
    TakeTarget,
}

/// <summary>
/// How two changes of one cell become one. A strategy that cannot tell (a null, a text for a sum) leaves the cell in
/// conflict; none ever decides whether a row is deleted.
/// </summary>
public enum ColumnStrategy
{
    /// <summary>The larger value.</summary>
    Maximum = 1,

    /// <summary>The smaller value.</summary>
    Minimum,

    /// <summary>
    /// The base's value (0 where there is none) and the differences of both sides to it, also where these are equal.
    /// </summary>
    SumOfDeltas,

    /// <summary>All elements of both lists, each once: the target's order, then what only the source has.</summary>
    SetUnion,

    /// <summary>The value that was set later, whoever wrote other cells of the row since.</summary>
    LastWriter,

    /// <summary>The source's value.</summary>
    TakeSource,

    /// <summary>The target's value.</summary>
    TakeTarget,
}

/// <summary>A side of a merge, as a decision takes it.</summary>
public enum MergeSide
{
    Source = 1,
    Target,
    Base,
}
