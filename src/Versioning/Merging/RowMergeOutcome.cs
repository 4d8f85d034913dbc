namespace Dendrite.Versioning.Merging;

/// <summary>How the three sides of one row come together.</summary>
public enum RowMergeOutcome
{
    /// <summary>All three are equal.</summary>
    Unchanged,

    /// <summary>Only the source changed it, or added or deleted it: the source's row.</summary>
    SourceOnly,

    /// <summary>Only the target did: the target's row.</summary>
    TargetOnly,

    /// <summary>Both did, with the same result.</summary>
    SameChange,

    /// <summary>Both did, each in other columns: the changes of both.</summary>
    MergedByCells,

    /// <summary>Both changed one cell, differently.</summary>
    CellConflict,

    /// <summary>Both added the row, differently.</summary>
    BothAdded,

    /// <summary>The source changed the row that the target deleted.</summary>
    ChangedAndDeleted,

    /// <summary>The source deleted the row that the target changed.</summary>
    DeletedAndChanged,
}

public static class RowMergeOutcomes
{
    /// <summary>The kind of conflict that an outcome is; null where the sides came together.</summary>
    public static ConflictKind? ConflictOf(this RowMergeOutcome outcome) =>
        outcome switch
        {
            RowMergeOutcome.CellConflict => ConflictKind.Cell,
            RowMergeOutcome.BothAdded => ConflictKind.BothAdded,
            RowMergeOutcome.ChangedAndDeleted => ConflictKind.ChangedAndDeleted,
            RowMergeOutcome.DeletedAndChanged => ConflictKind.DeletedAndChanged,
            _ => null,
        };
}
