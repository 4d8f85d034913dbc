namespace Dendrite.Storage.Commits;

/// <summary>What sort of change a commit is. Stored by its lower-case name.</summary>
public enum CommitKind
{
    /// <summary>Signals appended to streams.</summary>
    Append,

    /// <summary>Records, annotations or descriptors written.</summary>
    Write,

    /// <summary>Another branch merged; the only kind that a protected branch takes.</summary>
    Merge,

    /// <summary>An earlier commit undone.</summary>
    Revert,

    /// <summary>Rows picked from another snapshot.</summary>
    Pick,
}
