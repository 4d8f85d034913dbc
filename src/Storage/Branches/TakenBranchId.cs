namespace Dendrite.Storage.Branches;

/// <summary>What has the id of a branch.</summary>
internal enum TakenBranchId
{
    /// <summary>A branch that is there.</summary>
    Live,

    /// <summary>A deleted branch that can be restored.</summary>
    Deleted,

    /// <summary>A branch that nobody can read or restore any more, and that maintenance has still to remove.</summary>
    Purged,
}

/// <summary>Says of a taken id why it is, and what makes it free: everywhere in the same words.</summary>
internal static class TakenBranchIds
{
    /// <summary>SQL over <c>b</c>, a branch: what <see cref="Parse"/> reads.</summary>
    public const string Sql = """
        CASE WHEN b.purge_time IS NULL THEN 'live' WHEN b.purge_time > statement_timestamp() THEN 'deleted'
            ELSE 'purged' END
        """;

    public static TakenBranchId Parse(string text) => Enum.Parse<TakenBranchId>(text, ignoreCase: true);

    /// <summary>Without the full stop.</summary>
    public static string Explain(this TakenBranchId taken, string id) =>
        taken switch
        {
            TakenBranchId.Deleted => $"branch '{id}' is deleted and keeps its id while it can be restored "
                + $"('dendrite branch undelete {id}'; 'dendrite branch delete {id} --purge' gives that up)",
            TakenBranchId.Purged => $"branch '{id}' is deleted for good, and its id is free after the next maintenance "
                + "('dendrite job run maintenance' runs it now)",
            _ => $"branch '{id}' exists already",
        };
}
