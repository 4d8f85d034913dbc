namespace Dendrite.Storage.Snapshots;

/// <summary>
/// SQL for what a snapshot sees, over the arrays <c>@owners</c> and <c>@through</c> that
/// <see cref="BatchCommandExtensions.With(Npgsql.NpgsqlBatchCommand, Versioning.Snapshot)"/> adds. Both forms see
/// timelines that are absorbed by one of the owners.
/// </summary>
public static class SnapshotSql
{
    /// <summary>
    /// A table expression for scans and lists: <c>seen (timeline_id, through_version)</c>, one row for each timeline
    /// seen.
    /// </summary>
    public const string Seen = "branching.seen(@owners, @through) AS seen (timeline_id, through_version)";

    /// <summary>
    /// A condition for reads of few rows: whether the row of the alias is seen. It costs one look at the row's own
    /// timeline, however many timelines were absorbed.
    /// </summary>
    /// <param name="row">Alias of a table with <c>project_id</c>, <c>timeline_id</c> and <c>version</c>.</param>
    public static string Sees(string row) =>
        $"""
            EXISTS (
                SELECT FROM branching.timeline AS line
                JOIN unnest(@owners, @through) AS entry (timeline_id, through_version)
                    ON (entry.timeline_id = line.timeline_id AND {row}.version <= entry.through_version)
                    OR (entry.timeline_id = line.absorbed_into_timeline_id
                        AND line.absorbed_at_version <= entry.through_version)
                WHERE line.project_id = {row}.project_id AND line.timeline_id = {row}.timeline_id
            )
            """;

    /// <summary>
    /// The last merge, of those that an entry of a vector sees, that brought a timeline which is absorbed: 0 where
    /// there is none. One look at an index, however many there are.
    /// </summary>
    internal static string AbsorbedBefore(string owner, string through) =>
        $"""
            coalesce((
                SELECT max(line.absorbed_at_version) FROM branching.timeline AS line
                WHERE line.project_id = @project AND line.absorbed_into_timeline_id = {owner}
                    AND line.absorbed_at_version <= {through}
            ), 0)
            """;
}
