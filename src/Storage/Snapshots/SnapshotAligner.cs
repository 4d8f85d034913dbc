using Dendrite.Versioning;

namespace Dendrite.Storage.Snapshots;

/// <summary>
/// Brings two snapshots to one form before they are compared. One that was read before a timeline was absorbed names
/// it, one that was read after implies it; each sees the same, and their entries side by side would say otherwise.
/// </summary>
public sealed class SnapshotAligner(PlatformDatabase database)
{
    /// <summary>
    /// The same two sights, each without entries that it implies. At most one round trip; none where both name the same
    /// timelines.
    /// </summary>
    public async Task<(Snapshot Left, Snapshot Right)> AlignAsync(
        ProjectId project,
        Snapshot left,
        Snapshot right,
        CancellationToken cancellationToken
    )
    {
        var named = left.Entries.Concat(right.Entries).Select(entry => entry.Timeline).Distinct();
        var onOneSide = named.Where(timeline => Sees(left, timeline) != Sees(right, timeline)).ToArray();
        if (onOneSide.Length == 0)
        {
            return (left, right);
        }

        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT timeline_id, absorbed_into_timeline_id, absorbed_at_version FROM branching.timeline
                WHERE project_id = @project AND timeline_id = ANY (@timelines) AND absorbed_into_timeline_id IS NOT NULL
                """
            )
            .With("project", project.Value)
            .With("timelines", onOneSide.Select(timeline => timeline.Value).ToArray());
        var absorbed = await batch.ReadRowsAsync(
            row => new Absorbed(new(row.GetInt64(0)), new(row.GetInt64(1)), new(row.GetInt64(2))),
            cancellationToken
        );
        return (LeaveOut(left, absorbed), LeaveOut(right, absorbed));
    }

    private static bool Sees(Snapshot snapshot, TimelineId timeline) => snapshot[timeline] > CommitVersion.Zero;

    private static Snapshot LeaveOut(Snapshot snapshot, IReadOnlyList<Absorbed> absorbed) =>
        absorbed
            .Where(line => snapshot[line.Into] >= line.At)
            .Aggregate(snapshot, (rest, line) => rest.ClipTo(line.Timeline, CommitVersion.Zero));

    private sealed record Absorbed(TimelineId Timeline, TimelineId Into, CommitVersion At);
}
