using Dendrite.V1;

namespace Dendrite.SchedulerService.Times;

/// <summary>What becomes of due runs while others of their job have not ended. Pure.</summary>
/// <param name="Runs">As they were, those that are left out with the reason.</param>
/// <param name="CancelsOthers">Whether those that go on are asked to stop.</param>
internal sealed record Overlap(IReadOnlyList<DueRun> Runs, bool CancelsOthers)
{
    private const string AnotherGoesOn = "Another run of the job was going on.";
    private const string AnotherWaits = "Another run of the job was waiting for its turn.";
    private const string ALaterOne = "A later run of the job was due as well.";

    /// <param name="begun">Runs of the job that were begun and have not ended.</param>
    /// <param name="queued">Runs that wait for their turn.</param>
    public static Overlap Apply(IReadOnlyList<DueRun> runs, OverlapPolicy policy, long begun, long queued)
    {
        var last = runs.LastOrDefault(Counts);
        var cancels = policy is OverlapPolicy.CancelOther && last is not null && begun + queued > 0;
        var decided = new List<DueRun>(runs.Count);
        foreach (var run in runs)
        {
            var reason = !Counts(run) ? run.SkipReason : Reason(policy, run == last, begun, queued);
            decided.Add(run with { SkipReason = reason });
            if (Counts(run) && reason is null)
                queued++;
        }

        return new(decided, cancels);
    }

    /// <summary>What makes up for the past waits for its turn, whatever the policy.</summary>
    private static bool Counts(DueRun run) => run is { SkipReason: null, MakesUp: false };

    private static string? Reason(OverlapPolicy policy, bool isLast, long begun, long queued) =>
        policy switch
        {
            OverlapPolicy.BufferAll or OverlapPolicy.Allow => null,
            OverlapPolicy.CancelOther => isLast ? null : ALaterOne,
            // One goes on, or is about to, and one may wait.
            OverlapPolicy.BufferOne => begun + queued < 2 ? null : AnotherWaits,
            _ => begun + queued == 0 ? null : AnotherGoesOn,
        };
}
