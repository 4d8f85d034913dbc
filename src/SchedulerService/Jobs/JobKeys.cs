using Dendrite.Contracts.Names;
using Quartz;

namespace Dendrite.SchedulerService.Jobs;

/// <summary>What Quartz calls our jobs: the job's id in a group named like its project.</summary>
internal static class JobKeys
{
    /// <summary>In a trigger's data: the run that it is for; absent where the schedule fired.</summary>
    public const string Run = "run";

    public static JobKey Of(JobName name) => new(name.Job, name.Project);

    public static TriggerKey ScheduleOf(JobName name) => new(name.Job, name.Project);

    public static JobName NameOf(JobKey key) => new(key.Group, key.Name);
}
