using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;

namespace Dendrite.Storage.Branches;

/// <summary>
/// The statement that forks a branch: the parent's vector is copied, the parent clipped, and a name put on it, all in
/// one round trip. Its cost is the length of the vector; no data is touched and the parent is not locked.
/// </summary>
internal static class BranchForkSql
{
    /// <summary>
    /// Parameters: those of the source, the new branch's fields, and those of a mutation. No row comes back where there
    /// is no such state, or where the name does not follow the project's template of the kind; nothing is done then.
    /// </summary>
    public static string Of(SnapshotPoint source) =>
        $"""
            WITH {SourceSql.Of(source)}, made AS (
                SELECT nextval('branching.timeline_timeline_id_seq') AS timeline_id FROM point
                WHERE branching.follows_naming(@kind, @name)
            ), b AS (
                INSERT INTO branching.branch (
                    project_id, name, uid, timeline_id, kind, display_name, description, labels, owner,
                    parent_branch_id, fork_version, fork_tag, expire_time)
                SELECT @project, @name, @uid, made.timeline_id, @kind,
                    @display_name, @description, @labels, @owner,
                    point.branch_id,
                    -- The parent's own commits lie in several timelines once it was reset.
                    coalesce((
                        SELECT max(seen.through_version) FROM seen
                        JOIN branching.timeline line ON line.project_id = @project
                            AND line.timeline_id = seen.owner_timeline_id AND line.branch_id = point.branch_id), 0),
                    @fork_tag, @expire_time
                FROM point, made
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
