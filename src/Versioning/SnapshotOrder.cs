namespace Dendrite.Versioning;

/// <summary>How two snapshots lie to each other.</summary>
public enum SnapshotOrder
{
    /// <summary>Both see exactly the same commits.</summary>
    Equal,

    /// <summary>The second sees all that the first sees, and more: the first can be moved forward to it.</summary>
    Before,

    /// <summary>The first sees all that the second sees, and more.</summary>
    After,

    /// <summary>Each sees commits that the other does not.</summary>
    Diverged,
}
