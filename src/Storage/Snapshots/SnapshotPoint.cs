using Dendrite.Versioning;

namespace Dendrite.Storage.Snapshots;

/// <summary>Which state of a branch.</summary>
public abstract record SnapshotPoint
{
    private SnapshotPoint() { }

    /// <summary>As it is now.</summary>
    public static SnapshotPoint Head { get; } = new AtHead();

    /// <summary>After the commit of this version, which must be one of the branch's line.</summary>
    public static SnapshotPoint At(CommitVersion version) => new AtVersion(version);

    /// <summary>After the last commit whose time is not later; before the first, nothing is seen.</summary>
    public static SnapshotPoint At(DateTimeOffset instant) => new AtInstant(instant);

    /// <summary>
    /// As a tag of the project names it. The tag alone says the state: no branch is looked up, so it is found also
    /// after its branch is gone.
    /// </summary>
    /// <param name="tag">The tag's id within the project.</param>
    public static SnapshotPoint AtTagged(string tag) => new AtTag(tag);

    /// <summary>The tag that names it; null where none does.</summary>
    public string? TagName => (this as AtTag)?.Tag;

    internal sealed record AtHead : SnapshotPoint;

    internal sealed record AtVersion(CommitVersion Version) : SnapshotPoint;

    internal sealed record AtInstant(DateTimeOffset Instant) : SnapshotPoint;

    internal sealed record AtTag(string Tag) : SnapshotPoint;
}
