namespace Dendrite.Storage.Scheduling;

/// <summary>How an attempt of a run ended.</summary>
/// <param name="State">Succeeded, failed, cancelled or skipped.</param>
/// <param name="Message">For people, in a sentence.</param>
/// <param name="Results">What it did in figures.</param>
/// <param name="Report">What it did about each thing, as JSON; null for none.</param>
public sealed record RunOutcome(
    RunState State,
    string Message,
    IReadOnlyDictionary<string, long> Results,
    string? Report = null
)
{
    private static readonly Dictionary<string, long> Nothing = [];

    /// <summary>Whether another attempt may help where this one failed.</summary>
    public bool MayRetry { get; init; } = true;

    /// <summary>
    /// How often what failed was tried, where the task counts that itself: it is tried again after the policy's wait
    /// for so many, however often the run was. Null: the policy says how often.
    /// </summary>
    public int? Tries { get; init; }

    /// <summary>The gRPC code of a failure; null: UNKNOWN.</summary>
    public int? ErrorCode { get; init; }

    /// <summary>The attempt failed; the next one may not.</summary>
    public static RunOutcome Failed(string message) => new(RunState.Failed, message, Nothing);

    /// <summary>The run failed, and trying again would not help.</summary>
    public static RunOutcome FailedForGood(string message) => Failed(message) with { MayRetry = false };

    /// <summary>There was nothing to do.</summary>
    public static RunOutcome Skipped(string message) => new(RunState.Skipped, message, Nothing);
}
