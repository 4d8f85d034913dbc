namespace Dendrite.SchedulerService.Compaction;

/// <summary>How settled blocks are gathered. Section <c>Scheduler:Compaction</c>.</summary>
internal sealed class CompactionOptions
{
    public const string Section = "Scheduler:Compaction";

    /// <summary>
    /// How long after its commit a block is settled: past the time in which its gateway sends it again, or reads it
    /// back. Default 10 minutes.
    /// </summary>
    public TimeSpan Settle { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether the figures make sense.</summary>
    public bool IsValid => Settle >= TimeSpan.Zero;
}
