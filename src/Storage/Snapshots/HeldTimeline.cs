using Dendrite.Versioning;

namespace Dendrite.Storage.Snapshots;

/// <summary>A timeline that a transaction has locked, and what it sees while it is.</summary>
/// <param name="Version">Its head.</param>
/// <param name="AbsorbedBefore">As <see cref="BranchSnapshot.AbsorbedBefore"/>.</param>
internal sealed record HeldTimeline(CommitVersion Version, Snapshot Seen, CommitVersion AbsorbedBefore)
{
    /// <summary>Locks the timeline until the transaction ends, and reads what it sees. One round trip.</summary>
    public static async Task<HeldTimeline> LockAsync(
        ProjectSession session,
        TimelineId timeline,
        CancellationToken cancellationToken
    )
    {
        await using var batch = session.CreateBatch();
        batch.Add("SELECT branching.lock_timeline(@timeline)").With("timeline", timeline.Value);
        // A statement of its own: it sees what was committed while the lock was waited for.
        batch
            .Add(
                $"""
                SELECT v.owner_timeline_id, v.through_version,
                    {SnapshotSql.AbsorbedBefore("v.owner_timeline_id", "v.through_version")}
                FROM branching.vector_at_head(@timeline) AS v
                """
            )
            .With("timeline", timeline.Value)
            .With("project", session.Project.Value);
        return await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.ReadAsync(token);
                var version = new CommitVersion(reader.GetInt64(0));
                await reader.NextResultAsync(token);
                var entries = new List<SnapshotEntry>();
                var absorbedBefore = CommitVersion.Zero.Value;
                while (await reader.ReadAsync(token))
                {
                    entries.Add(new(new(reader.GetInt64(0)), new(reader.GetInt64(1))));
                    absorbedBefore = Math.Max(absorbedBefore, reader.GetInt64(2));
                }

                return new HeldTimeline(version, Snapshot.Of(entries), new(absorbedBefore));
            },
            cancellationToken
        );
    }
}
