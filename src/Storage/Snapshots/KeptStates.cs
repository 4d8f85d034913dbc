using Dendrite.Errors;
using Dendrite.Versioning;

namespace Dendrite.Storage.Snapshots;

/// <summary>
/// Tells long work whether what it has read was there to the end. What nobody sees any more is removed some minutes
/// after: work that takes longer, on a branch that is purged or a tag that is deleted meanwhile, would take what was
/// removed for gaps, and records for deleted. Thread-safe.
/// </summary>
public sealed class KeptStates(PlatformDatabase database)
{
    /// <summary>
    /// Asked after the last read and before a result is kept. One round trip.
    /// </summary>
    /// <exception cref="DendriteException">
    /// COMMIT_NOT_FOUND: some of what the snapshots show is gone, or will be.
    /// </exception>
    public async Task DemandAsync(
        ProjectId project,
        IEnumerable<Snapshot> snapshots,
        CancellationToken cancellationToken
    )
    {
        var entries = snapshots.SelectMany(snapshot => snapshot.Entries).Distinct().ToList();
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT 'gone' FROM unnest(@timelines, @versions) AS seen (timeline_id, version)
                LEFT JOIN branching.timeline AS t ON t.project_id = @project AND t.timeline_id = seen.timeline_id
                WHERE t.timeline_id IS NULL OR t.doom_time IS NOT NULL
                    -- Of a purged one, what lies above what others see of it goes, and it ends there.
                    OR t.purge_time IS NOT NULL AND t.head_version < seen.version
                LIMIT 1
                """
            )
            .With("project", project.Value)
            .With("timelines", entries.Select(entry => entry.Timeline.Value).ToArray())
            .With("versions", entries.Select(entry => entry.Through.Value).ToArray());
        if (await batch.ReadRowAsync(row => row.GetString(0), cancellationToken) is not null)
        {
            throw new DendriteException(
                ErrorReason.CommitNotFound,
                "What was read is no longer kept: a branch was purged, or a tag deleted, before all of it had been "
                    + "read; ask about a state that is there."
            );
        }
    }
}
