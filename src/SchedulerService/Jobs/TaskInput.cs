using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Times;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Jobs;

/// <summary>
/// Checks what can be checked of a task without looking anything up; whether what it names exists is the task's own to
/// say.
/// </summary>
internal static class TaskInput
{
    private const int MaxPolicies = 100;
    private static readonly TimeSpan MaxBudget = TimeSpan.FromDays(1);

    /// <exception cref="DendriteException">INVALID_ARGUMENT, MALFORMED_NAME.</exception>
    public static void Check(JobTask task, ProjectName project)
    {
        switch (task.TaskCase)
        {
            case JobTask.TaskOneofCase.Retention:
                CheckPolicies(task.Retention, project);
                break;
            case JobTask.TaskOneofCase.SyncSource:
                CheckOwn(task.SyncSource, "job.task.sync_source", project);
                break;
            case JobTask.TaskOneofCase.BackupPlan:
                CheckOwn(task.BackupPlan, "job.task.backup_plan", project);
                break;
            case JobTask.TaskOneofCase.Workflow:
                CheckOwn(task.Workflow, "job.task.workflow", project);
                break;
            case JobTask.TaskOneofCase.RestoreDrill:
                CheckOwn(task.RestoreDrill, "job.task.restore_drill", project);
                break;
            case JobTask.TaskOneofCase.Maintenance when task.Maintenance.Budget is { } budget:
                Durations.Read(budget, "job.task.maintenance.budget", TimeSpan.FromSeconds(1), MaxBudget);
                break;
        }
    }

    private static void CheckPolicies(RetentionTask task, ProjectName project)
    {
        const string Field = "job.task.retention.policies";
        if (task.Policies.Count > MaxPolicies)
            throw DendriteException.Invalid(
                Field,
                $"has {task.Policies.Count} names; at most {MaxPolicies} are allowed"
            );
        for (var i = 0; i < task.Policies.Count; i++)
        {
            RetentionPolicyName.Parse(task.Policies[i], $"{Field}[{i}]");
            CheckOwn(task.Policies[i], $"{Field}[{i}]", project);
        }
    }

    private static void CheckOwn(string name, string field, ProjectName project)
    {
        if (name.Length == 0)
            throw DendriteException.Invalid(field, $"is empty; give a resource name of {project}");
        if (!name.StartsWith($"{project}/", StringComparison.Ordinal))
            throw DendriteException.Invalid(
                field,
                $"is no resource name of {project}; nothing crosses between projects"
            );
    }
}
