namespace Dendrite.Versioning.Merging;

/// <summary>What somebody decided about one conflict. It is about what is in conflict and nothing else: cells that
/// merged by themselves stay merged.</summary>
public abstract record Decision<TColumn, TValue>
    where TColumn : notnull
{
    private Decision() { }

    /// <summary>The cells in conflict as one side has them; of a deletion, that side's whole row.</summary>
    public sealed record Side(MergeSide Taken) : Decision<TColumn, TValue>;

    /// <summary>A whole row of the decider's own.</summary>
    public sealed record Row(IReadOnlyDictionary<TColumn, TValue> Cells) : Decision<TColumn, TValue>;

    /// <summary>
    /// Values of the decider's own for the cells in conflict, each of them, which may be to have none; of a deletion:
    /// the row that was changed, with these on top.
    /// </summary>
    public sealed record Values(IReadOnlyDictionary<TColumn, Cell<TValue>> Cells) : Decision<TColumn, TValue>;
}
