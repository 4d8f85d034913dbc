using Dendrite.Storage.Branches;

namespace Dendrite.Storage.Snapshots;

/// <summary>
/// Common table expressions for the state that a new timeline or a tag begins with: <c>seen</c> (owner_timeline_id,
/// since_version, through_version) is its vector, and <c>point</c> one row (branch_id, name, timeline_id, version,
/// hash, time), or none where there is no such state.
/// </summary>
internal static class SourceSql
{
    private const string Genesis = "decode(repeat('00', 32), 'hex')";

    /// <summary>
    /// A branch at its head or at a version. Parameters: <c>@project</c>, <c>@parent</c>, <c>@version</c> (null: the
    /// head).
    /// </summary>
    private const string OfBranch = $"""
        source AS (
            SELECT p.branch_id, p.name, t.timeline_id, t.head_version, t.head_hash, t.head_time
            FROM branching.branch p
            JOIN branching.timeline t ON t.project_id = p.project_id AND t.timeline_id = p.timeline_id
            WHERE p.project_id = @project AND p.name = @parent AND p.delete_time IS NULL
        ), seen AS (
            SELECT h.* FROM source CROSS JOIN LATERAL branching.vector_history(source.timeline_id, @version) h
        ), point AS (
            -- The newest commit of the line: the head's stands in the timeline, another is looked up.
            SELECT source.branch_id, source.name, source.timeline_id,
                CASE WHEN @version IS NULL THEN source.head_version ELSE @version END AS version,
                CASE WHEN @version IS NULL THEN source.head_hash ELSE coalesce(c.hash, {Genesis}) END AS hash,
                CASE WHEN @version IS NULL THEN source.head_time ELSE c.commit_time END AS time
            FROM source
            LEFT JOIN branching.commit c ON c.project_id = @project AND c.version = @version
            WHERE @version IS NULL OR @version = coalesce((SELECT max(through_version) FROM seen), 0)
        )
        """;

    /// <summary>
    /// A branch at a version of any line that it ever had: resets are undone by it. Parameters: <c>@project</c>,
    /// <c>@parent</c>, <c>@version</c>.
    /// </summary>
    private const string OfBranchPast = $"""
        source AS (
            SELECT p.branch_id, p.name, line.timeline_id
            FROM branching.branch p
            CROSS JOIN LATERAL (
                SELECT t.timeline_id FROM branching.timeline t
                WHERE t.project_id = p.project_id AND t.branch_id = p.branch_id
                    AND @version = coalesce(
                        (SELECT max(h.through_version) FROM branching.vector_history(t.timeline_id, @version) h), 0)
                -- The line that it has now comes first, then the last one that it had.
                ORDER BY t.timeline_id = p.timeline_id DESC, t.timeline_id DESC
                LIMIT 1
            ) AS line
            WHERE p.project_id = @project AND p.name = @parent
        ), seen AS (
            SELECT h.* FROM source CROSS JOIN LATERAL branching.vector_history(source.timeline_id, @version) h
        ), point AS (
            SELECT source.branch_id, source.name, source.timeline_id, @version AS version,
                coalesce(c.hash, {Genesis}) AS hash, c.commit_time AS time
            FROM source
            LEFT JOIN branching.commit c ON c.project_id = @project AND c.version = @version
        )
        """;

    /// <summary>
    /// A tag, whatever became of its branch, which has no name once it is purged. Parameters: <c>@project</c>,
    /// <c>@tag</c>.
    /// </summary>
    private static readonly string OfTag = TagWhere("true");

    /// <summary>
    /// A tag of a state of any line that a branch ever had. Parameters: <c>@project</c>, <c>@tag</c>, <c>@parent</c>.
    /// </summary>
    private static readonly string OfTagPast = TagWhere(
        """
        EXISTS (
            SELECT FROM branching.branch b
            JOIN branching.timeline t ON t.project_id = b.project_id AND t.branch_id = b.branch_id
            WHERE b.project_id = @project AND b.name = @parent
                AND (t.timeline_id = g.timeline_id OR g.version = coalesce(
                    (SELECT max(h.through_version) FROM branching.vector_history(t.timeline_id, g.version) h), 0)))
        """
    );

    private static string TagWhere(string condition) =>
        $"""
            source AS (
                -- Locked: what the tag keeps is not collected before somebody else keeps it.
                SELECT g.tag_id, g.branch_id, g.timeline_id, g.version
                FROM branching.tag g WHERE g.project_id = @project AND g.name = @tag AND {condition}
                FOR KEY SHARE
            ), seen AS (
                SELECT e.owner_timeline_id, e.since_version, e.through_version
                FROM source JOIN branching.tag_entry e ON e.project_id = @project AND e.tag_id = source.tag_id
            ), point AS (
                SELECT source.branch_id, p.name, source.timeline_id, source.version,
                    coalesce(c.hash, {Genesis}) AS hash, c.commit_time AS time
                FROM source
                LEFT JOIN branching.branch p ON p.project_id = @project AND p.branch_id = source.branch_id
                    AND {BranchRow.IsThere("p")}
                LEFT JOIN branching.commit c ON c.project_id = @project AND c.version = source.version
            )
            """;

    /// <summary>
    /// For a reset: as <see cref="Of"/>, and also a version that was left behind by a reset before. A tag only where
    /// the branch had its state.
    /// </summary>
    public static string OfPast(SnapshotPoint point) => point is SnapshotPoint.AtTag ? OfTagPast : OfBranchPast;

    public static string Of(SnapshotPoint point) => point is SnapshotPoint.AtTag ? OfTag : OfBranch;
}
