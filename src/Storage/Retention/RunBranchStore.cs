using Dendrite.Storage.Scheduling;

namespace Dendrite.Storage.Retention;

/// <summary>
/// Says which branches a run works on. Retention leaves them alone until the run has ended, however it ends: there is
/// nothing to take back. For every task that writes to a branch or reads it for long. Thread-safe.
/// </summary>
public sealed class RunBranchStore(PlatformDatabase database)
{
    /// <summary>Saying it twice does no harm. One round trip.</summary>
    /// <param name="branchUid">Of <c>Branch.uid</c>: the branch may be renamed meanwhile.</param>
    public async Task AddAsync(RunRecord run, Guid branchUid, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(run.Project);
        batch
            .Add(
                """
                INSERT INTO scheduling.run_branch (project_id, branch_uid, job_name, run_id)
                VALUES (@project, @branch, @job, @run)
                ON CONFLICT DO NOTHING
                """
            )
            .With("project", run.Project.Value)
            .With("branch", branchUid)
            .With("job", run.Job)
            .With("run", run.Id);
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>The same of many, by what they are called now; what is not there is left out. One round trip.</summary>
    /// <param name="branches">Ids of branches.</param>
    public async Task AddAsync(RunRecord run, IReadOnlyCollection<string> branches, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(run.Project);
        batch
            .Add(
                """
                INSERT INTO scheduling.run_branch (project_id, branch_uid, job_name, run_id)
                SELECT b.project_id, b.uid, @job, @run FROM branching.branch b
                WHERE b.project_id = @project AND b.name = ANY (@branches)
                ON CONFLICT DO NOTHING
                """
            )
            .With("project", run.Project.Value)
            .With("branches", branches.ToArray())
            .With("job", run.Job)
            .With("run", run.Id);
        await batch.ExecuteAsync(cancellationToken);
    }
}
