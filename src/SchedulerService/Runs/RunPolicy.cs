using Dendrite.Contracts.Names;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Runs;

/// <summary>A job's policy with every default filled in.</summary>
internal sealed record RunPolicy
{
    public static TimeSpan DefaultCatchUpWindow { get; } = TimeSpan.FromDays(1);

    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromHours(1);

    public static TimeSpan DefaultInitialBackoff { get; } = TimeSpan.FromSeconds(30);

    public static TimeSpan DefaultMaxBackoff { get; } = TimeSpan.FromHours(1);

    public const int DefaultMaxAttempts = 3;

    public required MisfirePolicy Misfire { get; init; }

    public required TimeSpan CatchUpWindow { get; init; }

    public required OverlapPolicy Overlap { get; init; }

    /// <summary>As the caller set it; empty: the job's own name.</summary>
    public required string ConcurrencyKey { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required int MaxAttempts { get; init; }

    public required TimeSpan InitialBackoff { get; init; }

    public required TimeSpan MaxBackoff { get; init; }

    /// <summary>0: never.</summary>
    public required int PauseAfterFailures { get; init; }

    public static RunPolicy Of(JobPolicy policy) =>
        new()
        {
            Misfire = policy.Misfire is MisfirePolicy.Unspecified ? MisfirePolicy.RunOnce : policy.Misfire,
            CatchUpWindow = policy.CatchUpWindow?.ToTimeSpan() ?? DefaultCatchUpWindow,
            Overlap = policy.Overlap is OverlapPolicy.Unspecified ? OverlapPolicy.Skip : policy.Overlap,
            ConcurrencyKey = policy.ConcurrencyKey,
            Timeout = policy.Timeout?.ToTimeSpan() ?? DefaultTimeout,
            MaxAttempts = policy.MaxAttempts == 0 ? DefaultMaxAttempts : policy.MaxAttempts,
            InitialBackoff = policy.InitialBackoff?.ToTimeSpan() ?? DefaultInitialBackoff,
            MaxBackoff = policy.MaxBackoff?.ToTimeSpan() ?? DefaultMaxBackoff,
            PauseAfterFailures = policy.PauseAfterFailures,
        };

    /// <summary>
    /// Under which key a run of the job goes on; null: beside any other. A key that the caller chose holds always, the
    /// job's own name only where its runs may not overlap.
    /// </summary>
    public string? KeyFor(string job) =>
        JobName.TryParse(ConcurrencyKey, out var other) ? other.Job
        : ConcurrencyKey.Length > 0 ? ConcurrencyKey
        : Overlap is OverlapPolicy.Allow ? null
        : job;

    /// <summary>
    /// How long to wait after an attempt failed: doubled each time, bounded, and spread over its upper half so that
    /// what failed together does not come back together.
    /// </summary>
    /// <param name="attempt">The one that failed, from 1.</param>
    /// <param name="spread">From 0 to below 1.</param>
    public TimeSpan BackoffAfter(int attempt, double spread)
    {
        // 2^62 of the smallest wait is beyond every bound.
        var doubled = InitialBackoff.TotalSeconds * Math.Pow(2, Math.Min(attempt - 1, 62));
        var bounded = Math.Min(doubled, MaxBackoff.TotalSeconds);
        return TimeSpan.FromSeconds(bounded * (1 + spread) / 2);
    }
}
