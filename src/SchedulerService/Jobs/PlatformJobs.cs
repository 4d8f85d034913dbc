using Dendrite.SchedulerService.Maintenance;
using Dendrite.Storage;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Jobs;

/// <summary>
/// The jobs that every project has from its first minute on. They may be changed and paused, not deleted.
/// </summary>
internal sealed class PlatformJobs(IOptions<SchedulerOptions> options, IOptions<MaintenanceOptions> maintenance)
{
    public const string Retention = "retention";
    public const string Maintenance = "maintenance";

    public static bool IsOne(string name) => name is Retention or Maintenance;

    public IReadOnlyList<JobRecord> Of(ProjectId project, DateTimeOffset now) =>
        [
            New(
                project,
                (Retention, "Warns of and deletes branches that have had their time"),
                options.Value.RetentionCron,
                new JobTask { Retention = new RetentionTask() },
                now
            ),
            New(
                project,
                (Maintenance, "Frees storage that nothing sees"),
                maintenance.Value.Cron,
                new JobTask { Maintenance = new MaintenanceTask() },
                now
            ),
        ];

    private JobRecord New(
        ProjectId project,
        (string Name, string Title) named,
        string cron,
        JobTask task,
        DateTimeOffset now
    )
    {
        var schedule = new Schedule
        {
            Cron = new CronTrigger { Expression = cron, TimeZone = options.Value.TimeZone },
        };
        return new(project, named.Name)
        {
            Uid = Guid.CreateVersion7(now),
            DisplayName = named.Title,
            // Due at once: the engine then finds its first time.
            Timetable = new(JobDefinition.ToJson(schedule), null, [])
            {
                ScheduleTime = now,
                CursorTime = now,
                NextTime = now,
            },
            TaskKind = JobDefinition.KindOf(task)!,
            TaskJson = JobDefinition.ToJson(task),
            CreateTime = now,
            UpdateTime = now,
        };
    }
}
