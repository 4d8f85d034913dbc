namespace Dendrite.Versioning.Tests.Histories;

/// <summary>
/// A store of branches over a few keys that a history runs on: the core in memory, or PostgreSQL. Branches are numbered
/// from 0 in the order they are made; a branch's points from 0, which is what it was forked or reset to.
/// </summary>
public interface IHistoryStore
{
    /// <summary>Commits rows to a branch; null deletes.</summary>
    void Write(int branch, IReadOnlyDictionary<int, Row?> rows);

    /// <summary>Makes a branch from a branch's point.</summary>
    void Fork(int parent, int point);

    /// <summary>Merges, or refuses and changes nothing where conflicts are left.</summary>
    MergeReport Merge(int source, int target, MergeChoice choice);

    /// <summary>Takes a branch back to one of its points, which becomes its point 0.</summary>
    void Reset(int branch, int point);

    /// <summary>Keeps what the branch sees now readable.</summary>
    void Tag(int branch);

    /// <summary>
    /// Undoes the branch's commit from <paramref name="point"/> - 1 to <paramref name="point"/>; where later changes
    /// clash, takes what is there now. Commits nothing where nothing is to be undone.
    /// </summary>
    bool Revert(int branch, int point);

    /// <summary>Copies keys from a point of a branch; commits nothing where nothing differs.</summary>
    bool Pick(int target, int source, int point, IReadOnlyList<int> keys);

    /// <summary>Deletes the branch, then absorbs and collects what can be.</summary>
    void DeleteAndCollect(int branch);

    /// <summary>What a branch shows at a point.</summary>
    IReadOnlyDictionary<int, Row> Read(int branch, int point);

    IReadOnlyDictionary<int, Row> ReadTag(int tag);

    /// <summary>What the merge base of two heads shows.</summary>
    IReadOnlyDictionary<int, Row> ReadBase(int left, int right);

    /// <summary>The keys that differ between two heads.</summary>
    IReadOnlySet<int> Diff(int from, int to);
}

/// <summary>The conflicts of a merge, settled or not, and whether it was done.</summary>
/// <param name="Conflicts">One line for each, by key: <c>k1 Cell a,b</c>.</param>
public sealed record MergeReport(bool IsDone, IReadOnlyList<string> Conflicts);
