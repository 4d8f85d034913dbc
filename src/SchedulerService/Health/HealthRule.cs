using Dendrite.Storage.Scheduling;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Health;

/// <summary>From figures to one word: pure.</summary>
internal static class HealthRule
{
    /// <summary>Above this ratio of successes things are healthy.</summary>
    public const double Healthy = 0.95;

    /// <summary>At or below this most fail.</summary>
    public const double Failing = 0.5;

    public static HealthState Judge(EndedRuns ended) =>
        ended.SuccessRatio > Healthy ? HealthState.Healthy
        : ended.SuccessRatio > Failing ? HealthState.Warning
        : HealthState.Failing;

    /// <summary>Why it is not healthy; empty where it is.</summary>
    /// <param name="most">
    /// Resource name of the job with the most failures, and how many; null where there is none.
    /// </param>
    public static string Explain(EndedRuns ended, (string Job, long Failed)? most) =>
        Judge(ended) is HealthState.Healthy
            ? ""
            : $"{ended.Failed} of {Counted.Of(ended.Succeeded + ended.Failed, "run")} failed"
                + (most is { } job ? $", {Part(job.Failed, ended.Failed)} of them of {job.Job}." : ".");

    private static string Part(long part, long whole) =>
        part == whole ? "all"
        : 2 * part > whole ? "most"
        : $"{part}";
}
