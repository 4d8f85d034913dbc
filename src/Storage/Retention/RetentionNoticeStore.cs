using Dendrite.Storage.Scheduling;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Retention;

/// <summary>
/// Remembers warnings under the run's fence: a worker that was taken over writes nothing more. Thread-safe.
/// </summary>
public sealed class RetentionNoticeStore(PlatformDatabase database)
{
    /// <summary>Where the run is still this worker's, in SQL.</summary>
    private const string Fence = """
        EXISTS (
            SELECT FROM scheduling.job_run r
            WHERE r.project_id = @project AND r.job_name = @job AND r.run_id = @run AND r.state = 'running'
                AND r.fencing_token = @token)
        """;

    /// <summary>
    /// Remembers that the owner was warned of this end, and writes the audit; of an end that was warned of before
    /// nothing is done, but where a clock that was ahead says when. One round trip.
    /// </summary>
    /// <returns>Whether it is news.</returns>
    public async Task<bool> WarnAsync(
        RunRecord run,
        RetentionWarning warning,
        string actor,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(run.Project);
        About(
                batch.Add(
                    $"""
                    WITH warned AS (
                        INSERT INTO scheduling.retention_notice AS n
                            (project_id, branch_uid, branch, policy, due_time, warn_time)
                        SELECT @project, @branch, @name, @policy, @due, @warned WHERE {Fence}
                        ON CONFLICT (project_id, branch_uid) DO UPDATE
                        SET branch = excluded.branch, policy = excluded.policy, due_time = excluded.due_time,
                            warn_time = excluded.warn_time
                        WHERE n.due_time <> excluded.due_time
                            OR n.warn_time > greatest(excluded.warn_time, statement_timestamp()) + {SetBackStore.Apart}
                        RETURNING branch_uid
                    ), audited AS (
                        INSERT INTO branching.audit_entry (project_id, actor, method, resource, detail)
                        SELECT @project, @actor, 'WarnOwner', @resource, @detail FROM warned
                    )
                    SELECT true FROM warned
                    """
                ),
                run
            )
            .With("branch", warning.BranchUid)
            .With("name", warning.BranchId)
            .With("policy", warning.Policy)
            .With("due", NpgsqlDbType.TimestampTz, warning.Due)
            .With("warned", NpgsqlDbType.TimestampTz, warning.WarnTime)
            .With("actor", actor)
            .With("resource", warning.Resource)
            .With("detail", NpgsqlDbType.Jsonb, warning.DetailJson);
        return await batch.ReadAsync((reader, token) => reader.ReadAsync(token), cancellationToken);
    }

    /// <summary>
    /// Forgets warnings about branches that are gone for good, and what ended runs worked on and deleted. One round
    /// trip.
    /// </summary>
    public async Task ForgetAsync(RunRecord run, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(run.Project);
        About(
            batch.Add(
                $"""
                WITH forgotten AS (
                    DELETE FROM scheduling.run_branch held
                    WHERE held.project_id = @project AND {Fence} AND NOT EXISTS (
                        SELECT FROM scheduling.job_run r
                        WHERE r.project_id = held.project_id AND r.job_name = held.job_name AND r.run_id = held.run_id
                            AND r.end_time IS NULL)
                ), told AS (
                    DELETE FROM scheduling.retention_deletion d
                    WHERE d.project_id = @project AND {Fence} AND NOT EXISTS (
                        SELECT FROM scheduling.job_run r
                        WHERE r.project_id = d.project_id AND r.job_name = d.job_name AND r.run_id = d.run_id
                            AND r.end_time IS NULL)
                )
                DELETE FROM scheduling.retention_notice n
                WHERE n.project_id = @project AND {Fence} AND NOT EXISTS (
                    SELECT FROM branching.branch b WHERE b.project_id = n.project_id AND b.uid = n.branch_uid)
                """
            ),
            run
        );
        await batch.ExecuteAsync(cancellationToken);
    }

    private static NpgsqlBatchCommand About(NpgsqlBatchCommand command, RunRecord run) =>
        command
            .With("project", run.Project.Value)
            .With("job", run.Job)
            .With("run", run.Id)
            .With("token", run.FencingToken);
}

/// <summary>A warning to the owner of a branch.</summary>
/// <param name="BranchUid">Whose owner.</param>
/// <param name="BranchId">What the branch is called now.</param>
/// <param name="Resource">Its resource name.</param>
/// <param name="Policy">The policy that decides; empty: the branch's own expiry.</param>
/// <param name="Due">The end that is warned of.</param>
/// <param name="WarnTime">Now.</param>
/// <param name="DetailJson">For the audit.</param>
public sealed record RetentionWarning(
    Guid BranchUid,
    string BranchId,
    string Resource,
    string Policy,
    DateTimeOffset Due,
    DateTimeOffset WarnTime,
    string DetailJson
);
