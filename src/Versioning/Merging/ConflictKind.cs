namespace Dendrite.Versioning.Merging;

/// <summary>What sort a conflict is; the names and order of the contract's.</summary>
public enum ConflictKind
{
    /// <summary>Both sides changed one cell, differently.</summary>
    Cell = 1,

    /// <summary>Both sides added a row of one key, differently.</summary>
    BothAdded,

    /// <summary>The source changed a row that the target deleted.</summary>
    ChangedAndDeleted,

    /// <summary>The source deleted a row that the target changed.</summary>
    DeletedAndChanged,

    /// <summary>Rows of both sides break a uniqueness together.</summary>
    Uniqueness,

    /// <summary>One side refers to a row that the other deleted.</summary>
    Reference,

    /// <summary>Both sides changed one column or constraint, differently, or made a dataset of one name.</summary>
    Schema,

    /// <summary>Both sides wrote the same samples of a stream, differently, or made a stream of one name.</summary>
    Samples,
}
