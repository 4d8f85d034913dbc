namespace Dendrite.Backups.Format;

/// <summary>The tables whose rows a backup holds, by the names that chunks say.</summary>
public static class BackupTables
{
    /// <summary>Kinds of items.</summary>
    public const string Branch = "branch";
    public const string Tag = "tag";

    public const string Commits = "branching.commit";
    public const string Blocks = "signals.block";

    /// <summary>In the order in which they are restored.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Commits,
        "branching.merged_vector",
        "signals.stream",
        "signals.append",
        "signals.gap",
        "signals.mask",
        "signals.time_anchor",
        "signals.annotation",
        "records.dataset",
        "records.row",
        "records.lookup",
        Blocks,
    ];
}
