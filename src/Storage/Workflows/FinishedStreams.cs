using Dendrite.Versioning;

namespace Dendrite.Storage.Workflows;

/// <summary>Looks whether gateways are done with a branch. Thread-safe.</summary>
public sealed class FinishedStreams(PlatformDatabase database)
{
    /// <summary>
    /// Counts the streams that are finished, and were so first in the branch itself: what it saw finished when it was
    /// forked, and what is merged into it, does not count, also where their descriptors are written again in it. One
    /// round trip; the cost follows the finished descriptors written in the branch.
    /// </summary>
    /// <remarks>
    /// A reset gives a branch another timeline; what was finished in one of its timelines and is still seen counts.
    /// Whose the first finished row of a stream is says where it was finished: later ones only carry the mark along.
    /// </remarks>
    /// <param name="branchUid">It may be renamed meanwhile.</param>
    /// <returns>Null where the branch is purged.</returns>
    public async Task<BranchStreams?> LookAsync(ProjectId project, Guid branchUid, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT b.name::text, b.timeline_id, b.delete_time IS NOT NULL, coalesce(b.experiment_state, ''),
                    (SELECT count(*) FROM (
                        SELECT DISTINCT s.stream_id FROM branching.timeline t
                        JOIN signals.stream s ON s.project_id = t.project_id AND s.timeline_id = t.timeline_id
                        WHERE t.project_id = b.project_id AND t.branch_id = b.branch_id AND s.finished
                    ) own
                    CROSS JOIN LATERAL (
                        SELECT (array_agg(s.finished AND NOT s.deleted ORDER BY s.version DESC))[1] AS is_finished,
                            (array_agg(s.timeline_id ORDER BY s.version) FILTER (WHERE s.finished))[1] AS first
                        FROM signals.seen(own.stream_id, v.owners, v.through) AS seen (timeline_id, through)
                        JOIN signals.stream s ON s.project_id = b.project_id AND s.timeline_id = seen.timeline_id
                            AND s.stream_id = own.stream_id AND s.version <= seen.through
                    ) visible
                    JOIN branching.timeline t ON t.project_id = b.project_id AND t.timeline_id = visible.first
                        AND t.branch_id = b.branch_id
                    WHERE visible.is_finished)
                FROM branching.branch b
                CROSS JOIN LATERAL (
                    SELECT array_agg(owner_timeline_id) AS owners, array_agg(through_version) AS through
                    FROM branching.vector_at_head(b.timeline_id)
                ) v
                WHERE b.project_id = @project AND b.uid = @branch
                """
            )
            .With("project", project.Value)
            .With("branch", branchUid);
        return await batch.ReadRowAsync(
            row => new BranchStreams(row.GetString(0), new TimelineId(row.GetInt64(1)), row.GetInt64(4))
            {
                IsDeleted = row.GetBoolean(2),
                IsFailed = row.GetString(3) == "failed",
            },
            cancellationToken
        );
    }
}

/// <summary>What gateways did in a branch.</summary>
/// <param name="Branch">Its id now.</param>
/// <param name="Timeline">Whose commits may change this.</param>
/// <param name="Finished">How many streams were finished in it.</param>
public sealed record BranchStreams(string Branch, TimelineId Timeline, long Finished)
{
    public bool IsDeleted { get; init; }

    /// <summary>Somebody said that the experiment has failed.</summary>
    public bool IsFailed { get; init; }
}
