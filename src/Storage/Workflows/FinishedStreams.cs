using Dendrite.Versioning;

namespace Dendrite.Storage.Workflows;

/// <summary>Looks whether gateways are done with a branch. Thread-safe.</summary>
public sealed class FinishedStreams(PlatformDatabase database)
{
    /// <summary>
    /// Counts the streams that were finished in the branch itself: what it saw finished when it was forked, and what
    /// is merged into it, does not count. One round trip; the cost follows the descriptors written in the branch.
    /// </summary>
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
                        SELECT DISTINCT ON (s.stream_id) s.finished, s.deleted FROM signals.stream s
                        WHERE s.project_id = b.project_id AND s.timeline_id = b.timeline_id
                        ORDER BY s.stream_id, s.version DESC
                    ) newest WHERE newest.finished AND NOT newest.deleted)
                FROM branching.branch b WHERE b.project_id = @project AND b.uid = @branch
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
