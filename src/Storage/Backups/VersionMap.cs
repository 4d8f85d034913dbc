using Dendrite.Versioning;

namespace Dendrite.Storage.Backups;

/// <summary>Versions of a backup and those that they were given here, in the same order.</summary>
/// <param name="pairs">Ascending.</param>
public sealed class VersionMap(IReadOnlyList<(long Source, long Version)> pairs)
{
    private readonly long[] sources = [.. pairs.Select(pair => pair.Source)];
    private readonly long[] versions = [.. pairs.Select(pair => pair.Version)];

    /// <summary>The version here; of one that no commit of the backup has, that of the last commit before it.</summary>
    /// <returns>Zero before the first.</returns>
    public CommitVersion this[long source]
    {
        get
        {
            var found = Array.BinarySearch(sources, source);
            var place = found >= 0 ? found : ~found - 1;
            return place < 0 ? CommitVersion.Zero : new(versions[place]);
        }
    }

    /// <summary>The version here; null where no commit of the backup has that one.</summary>
    public CommitVersion? Find(long source) =>
        Array.BinarySearch(sources, source) is var place and >= 0 ? new CommitVersion(versions[place]) : null;
}
