using Dendrite.V1;

namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>What holds where a source does not say.</summary>
internal static class SyncDefaults
{
    public const int MaxBatch = 1_000;
    public const int MaxMonths = 16;
    private const int MinBatch = 10;
    private const int Attempts = 5;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    public static int ItemAttempts(SyncSource source) =>
        source.Limits is { MaxItemAttempts: > 0 } limits ? limits.MaxItemAttempts : Attempts;

    public static int LargestBatch(SyncSource source) =>
        source.Limits is { MaxBatchItems: > 0 } limits ? limits.MaxBatchItems : MaxBatch;

    public static int SmallestBatch(SyncSource source) =>
        Math.Min(
            LargestBatch(source),
            source.Limits is { MinBatchItems: > 0 } limits ? limits.MinBatchItems : MinBatch
        );

    public static int Months(SyncSource source) => Math.Max(1, source.Limits?.MaxConcurrentMonths ?? 1);

    public static TimeSpan RequestTimeout(SyncSource source) =>
        source.Limits?.RequestTimeout?.ToTimeSpan() is { } timeout && timeout > TimeSpan.Zero ? timeout : Timeout;
}
