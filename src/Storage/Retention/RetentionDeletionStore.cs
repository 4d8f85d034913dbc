using Dendrite.Storage.Scheduling;
using Npgsql;

namespace Dendrite.Storage.Retention;

/// <summary>
/// What a run of retention deletes, over all its attempts. Rows go when the run has ended and the next one has too
/// (<see cref="RetentionNoticeStore.ForgetAsync"/>). Thread-safe.
/// </summary>
public sealed class RetentionDeletionStore(PlatformDatabase database)
{
    /// <summary>Says what is deleted next; saying it twice does no harm. One round trip.</summary>
    public async Task IntendAsync(RunRecord run, RetentionDeletion deletion, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(run.Project);
        About(
                batch.Add(
                    """
                    INSERT INTO scheduling.retention_deletion (
                        project_id, job_name, run_id, branch_uid, branch, policy, reason, freeable_bytes)
                    VALUES (@project, @job, @run, @uid, @branch, @policy, @reason, @bytes)
                    ON CONFLICT DO NOTHING
                    """
                ),
                run
            )
            .With("uid", deletion.BranchUid)
            .With("branch", deletion.BranchId)
            .With("policy", deletion.Policy)
            .With("reason", deletion.Reason)
            .With("bytes", deletion.FreeableBytes);
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>What was said and is done: the branch is deleted, or purged by now. By name; one round trip.</summary>
    public async Task<IReadOnlyList<RetentionDeletion>> ListDoneAsync(
        RunRecord run,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(run.Project);
        About(
            batch.Add(
                """
                SELECT d.branch_uid, d.branch::text, d.policy, d.reason, d.freeable_bytes
                FROM scheduling.retention_deletion d
                WHERE d.project_id = @project AND d.job_name = @job AND d.run_id = @run AND NOT EXISTS (
                    SELECT FROM branching.branch b
                    WHERE b.project_id = d.project_id AND b.uid = d.branch_uid AND b.delete_time IS NULL)
                ORDER BY d.branch
                """
            ),
            run
        );
        return await batch.ReadRowsAsync(
            row => new RetentionDeletion(row.GetGuid(0), row.GetString(1))
            {
                Policy = row.GetString(2),
                Reason = row.GetString(3),
                FreeableBytes = row.GetInt64(4),
            },
            cancellationToken
        );
    }

    private static NpgsqlBatchCommand About(NpgsqlBatchCommand command, RunRecord run) =>
        command.With("project", run.Project.Value).With("job", run.Job).With("run", run.Id);
}

/// <summary>A branch that a run deletes.</summary>
/// <param name="BranchId">What it is called.</param>
public sealed record RetentionDeletion(Guid BranchUid, string BranchId)
{
    /// <summary>Empty: the branch's own expiry.</summary>
    public string Policy { get; init; } = "";

    public string Reason { get; init; } = "";

    public long FreeableBytes { get; init; }
}
