using Dendrite.SchedulerService.Care;
using Dendrite.Storage.Compaction;
using Dendrite.Storage.Scheduling;

namespace Dendrite.SchedulerService.Maintenance;

/// <summary>What a run of maintenance did.</summary>
internal sealed class MaintenanceTally
{
    public long Purged { get; set; }

    public long Absorbed { get; set; }

    public long Doomed { get; set; }

    public long Trimmed { get; set; }

    public long Rows { get; set; }

    public long Bytes { get; set; }

    public long Requests { get; set; }

    public CompactionTally Compaction { get; set; } = new(0, 0, 0, 0);

    public CareTally Care { get; set; } = CareTally.Nothing;

    public RunOutcome ToOutcome(bool isSpent)
    {
        var results = new Dictionary<string, long>(StringComparer.Ordinal)
        {
            ["branches_purged"] = Purged,
            ["timelines_absorbed"] = Absorbed,
            ["timelines_removed"] = Doomed,
            ["timelines_trimmed"] = Trimmed,
            ["rows_removed"] = Rows,
            ["bytes_removed"] = Bytes,
            ["requests_removed"] = Requests,
            ["blocks_gathered"] = Compaction.Blocks,
            ["bytes_saved"] = Compaction.BytesBefore - Compaction.BytesAfter,
            ["blocks_damaged"] = Compaction.DamagedBlocks,
        };
        Care.AddTo(results);
        var rest = isSpent ? " The time for it was used up; the next run goes on." : "";
        return new(
            // What the server refused once it refuses again at once; the next run tries it anew.
            Care.Failed > 0
                ? RunState.Failed
                : RunState.Succeeded,
            $"{Counted.Of(Purged, "branch", "branches")} purged, {Counted.Of(Absorbed, "timeline")} absorbed, "
                + $"{Counted.Of(Rows, "row")} ({Bytes} bytes) removed, "
                + $"{Counted.Of(Requests, "request")} forgotten, "
                + $"{Counted.Of(Compaction.Blocks, "block")} gathered, "
                + $"{Counted.Of(Care.Vacuumed, "table")} vacuumed.{Care.Message}{rest}",
            results,
            Care.ToReport()
        )
        {
            MayRetry = Care.Failed == 0,
        };
    }
}
