using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Jobs;
using Dendrite.Storage;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Workflows;

/// <summary>
/// The job of each workflow: it has the workflow's id, comes and goes with it, and its runs are those of the workflow.
/// A schedule may be given to it like to any other.
/// </summary>
internal static class WorkflowJobs
{
    public static JobRecord Of(ProjectId project, WorkflowName workflow, string title, DateTimeOffset now)
    {
        var task = new JobTask { Workflow = workflow.ToString() };
        return new(project, workflow.Workflow)
        {
            Uid = Guid.CreateVersion7(now),
            DisplayName = title,
            Timetable = JobTimetable.None with { ScheduleTime = now, CursorTime = now },
            TaskKind = JobDefinition.KindOf(task)!,
            TaskJson = JobDefinition.ToJson(task),
            // Experiments of one workflow go on beside each other.
            PolicyJson = JobDefinition.ToJson(new JobPolicy { Overlap = OverlapPolicy.Allow }),
            CreateTime = now,
            UpdateTime = now,
        };
    }

    /// <summary>Refuses to delete a workflow's own job, or to give it another task.</summary>
    /// <exception cref="DendriteException">RESOURCE_IN_USE.</exception>
    public static void RefuseOwn(JobRecord job, JobName name)
    {
        if (job.TaskKind != "workflow" || JobDefinition.TaskOf(job).Workflow != Own(name).ToString())
            return;
        throw new DendriteException(
            ErrorReason.ResourceInUse,
            $"Job '{name.Job}' is that of workflow '{name.Job}', whose runs are its runs: pause it, change its "
                + "schedule or its policy, or delete the workflow."
        );
    }

    private static WorkflowName Own(JobName job) => new(job.Project, job.Job);
}
