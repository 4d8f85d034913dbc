using Dendrite.Storage.Requests;

namespace Dendrite.Storage.Branches;

/// <summary>
/// The statement that forks a branch: the parent's vector is copied, the parent clipped, and a name put on it, all in
/// one round trip. Its cost is the length of the vector; no data is touched and the parent is not locked.
/// </summary>
internal static class BranchForkSql
{
    /// <summary>
    /// Parameters: <c>@project</c>, <c>@parent</c>, <c>@version</c> (null: the head), the new branch's fields, and
    /// those of a mutation. No row comes back where the parent is missing or deleted, or has no such version; nothing
    /// is done then.
    /// </summary>
    public static string Statement { get; } =
        $"""
            WITH source AS (
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
                    CASE WHEN @version IS NULL THEN source.head_hash
                        ELSE coalesce(c.hash, decode(repeat('00', 32), 'hex')) END AS hash,
                    CASE WHEN @version IS NULL THEN source.head_time ELSE c.commit_time END AS time,
                    nextval('branching.timeline_timeline_id_seq') AS new_timeline_id
                FROM source
                LEFT JOIN branching.commit c ON c.project_id = @project AND c.version = @version
                WHERE @version IS NULL OR @version = coalesce((SELECT max(through_version) FROM seen), 0)
            ), b AS (
                INSERT INTO branching.branch (
                    project_id, name, uid, timeline_id, kind, display_name, description, labels, owner,
                    parent_branch_id, fork_version, expire_time)
                SELECT @project, @name, @uid, point.new_timeline_id, @kind,
                    @display_name, @description, @labels, @owner,
                    point.branch_id,
                    coalesce((SELECT max(through_version) FROM seen WHERE owner_timeline_id = point.timeline_id), 0),
                    @expire_time
                FROM point
                RETURNING *
            ), t AS (
                INSERT INTO branching.timeline (
                    project_id, timeline_id, branch_id, parent_timeline_id,
                    start_version, head_version, head_hash, head_time)
                OVERRIDING SYSTEM VALUE
                SELECT @project, b.timeline_id, b.branch_id, point.timeline_id,
                    point.version, point.version, point.hash, point.time
                FROM b, point
                RETURNING *
            ), entries AS (
                INSERT INTO branching.vector_entry (
                    project_id, timeline_id, owner_timeline_id, since_version, through_version)
                SELECT @project, b.timeline_id, seen.owner_timeline_id, seen.since_version, seen.through_version
                FROM b, seen
            ), changed AS (
                SELECT int8send(b.branch_id) AS outcome FROM b
            ), {IdempotencyStore.Recording}
            SELECT {BranchRow.Columns} FROM b, t, point AS parent
            """;
}
