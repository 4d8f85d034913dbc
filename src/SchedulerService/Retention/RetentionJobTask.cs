using Dendrite.Contracts.Names;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage;
using Dendrite.Storage.Retention;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Retention;

/// <summary>Applies the retention policies of a project: warns owners, and deletes what has had its time.</summary>
internal sealed class RetentionJobTask(
    RetentionProjects projects,
    RetentionPolicyStore policies,
    RetentionScan scan,
    RetentionWork work,
    IOptions<SchedulerOptions> options
) : IJobTask
{
    // A project of many branches says now and then how far it is, not a thousand times a second.
    private const int ToldEvery = 100;

    public JobTask.TaskOneofCase Kind => JobTask.TaskOneofCase.Retention;

    public async Task<RunOutcome> RunAsync(RunContext run, CancellationToken cancellationToken)
    {
        await projects.BeginAsync(run.ProjectId, cancellationToken);
        var only = NamesOf(run.Task.Retention);
        var all = await ListAsync(run.ProjectId, cancellationToken);
        if (only.FirstOrDefault(name => all.All(policy => policy.Name != name)) is { } missing)
            return RunOutcome.FailedForGood(
                $"Policy '{missing}' does not exist any more: take it out of the job's task."
            );
        var retention = new RetentionRun(run, [.. all.Where(policy => !policy.IsDisabled)], options.Value.QuietTime);
        var question = new RetentionQuestion(run.Job.Parent, run.ProjectId, retention.Policies, retention.Moment);
        await foreach (var judged in scan.JudgeAsync(question, cancellationToken))
        {
            await work.DoAsync(retention, only, judged, cancellationToken);
            if (retention.Tally.Seen % ToldEvery == 0)
                run.Tell("judging", retention.Tally.Seen, null, "branches");
        }

        await work.EndAsync(retention, cancellationToken);
        run.Tell("judging", retention.Tally.Seen, retention.Tally.Seen, "branches");
        return retention.Tally.ToOutcome(run.Run.DryRun);
    }

    public async Task ValidateAsync(TaskProject project, JobTask task, CancellationToken cancellationToken)
    {
        await projects.BeginAsync(project.Id, cancellationToken);
        foreach (var name in NamesOf(task.Retention))
            await policies.GetAsync(project.Id, name, cancellationToken);
    }

    private Task<IReadOnlyList<RetentionPolicyRecord>> ListAsync(
        ProjectId project,
        CancellationToken cancellationToken
    ) => policies.ListAsync(project, "", RetentionPolicyStore.MaxPolicies * 2, cancellationToken);

    private static HashSet<string> NamesOf(RetentionTask task) =>
        task.Policies.Select(name => RetentionPolicyName.Parse(name).RetentionPolicy).ToHashSet(StringComparer.Ordinal);
}
