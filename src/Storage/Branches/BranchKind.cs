namespace Dendrite.Storage.Branches;

/// <summary>What sort of work a branch holds. Stored by its lower-case name.</summary>
public enum BranchKind
{
    /// <summary>The project's one line that everything comes back to.</summary>
    Main,

    /// <summary>One experiment: forked, filled, compared, merged or dropped.</summary>
    Experiment,

    /// <summary>A clinical trial or another long line of work.</summary>
    Trial,

    /// <summary>Made from a past state to look at it or to mend from it.</summary>
    Restore,

    /// <summary>Made by a job; its job cleans it.</summary>
    System,
}

/// <summary>Where a branch stands in its life.</summary>
public enum BranchState
{
    /// <summary>Readable and writable.</summary>
    Active,

    /// <summary>Readable, closed to writes.</summary>
    Archived,

    /// <summary>Deleted; can be restored until its purge time.</summary>
    Deleted,
}
