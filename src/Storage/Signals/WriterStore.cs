using Dendrite.Storage.Scheduling;
using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Signals;

/// <summary>Hands out the right to append. Thread-safe.</summary>
public sealed class WriterStore(PlatformDatabase database)
{
    /// <summary>
    /// A stream of whose writer nothing is heard for this long counts as free. Longer than a server keeps an idle
    /// writer, so that a writer that still has its call never counts as gone.
    /// </summary>
    public static readonly TimeSpan Hold = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Whether a writer has the stream open, in SQL with @hold: one that holds it for longer took it by a clock that
    /// was ahead, and renews that at its next commit if it is still there.
    /// </summary>
    internal static string IsOpen(string writer) =>
        $"({writer}.open_until > now() AND {writer}.open_until <= now() + @hold + {SetBackStore.Apart})";

    /// <summary>
    /// Takes the stream: waits for a commit that is under way, so the resume point and its version are exact also after
    /// a connection was lost in the middle of one. Two round trips, three where there was one to wait for.
    /// </summary>
    /// <param name="project">The tenant.</param>
    /// <param name="timeline">The branch's own timeline.</param>
    /// <param name="claim">Which stream, and what to do about another writer.</param>
    /// <param name="cancellation">Cancelling may leave the earlier writer fenced, which costs it one more open.</param>
    /// <returns>
    /// The lease, or null where the claim gives way to the writer who holds the stream, or the stream takes no more:
    /// it was deleted or finished since it was looked up.
    /// </returns>
    public async Task<WriterLease?> OpenAsync(
        ProjectId project,
        TimelineId timeline,
        WriterClaim claim,
        CancellationToken cancellation
    )
    {
        var (seen, visibleEnds, version) = await ReadVisibleEndsAsync(project, timeline, claim, cancellation);
        await using var batch = database.CreateBatch(project);
        // A branch may come to see more of the stream by a merge, so the visible end can lie beyond the writer's own.
        // A merge that comes between the two reads moves the writer itself; see MergeWriter. A row that is made has an
        // epoch of its own, whatever is said here (migration 0164): who wants to go on under another one is refused,
        // and keeps nobody out.
        batch
            .Add(
                $"""
                INSERT INTO signals.writer AS held
                    (project_id, timeline_id, stream_id, epoch, group_ends, writer, open_request, open_until)
                VALUES (@project, @timeline, @stream, 1, @ends, @writer, @request,
                    CASE WHEN @epoch IS NULL THEN now() + @hold ELSE now() END)
                ON CONFLICT (project_id, timeline_id, stream_id) DO UPDATE
                SET epoch = held.epoch
                        + CASE WHEN held.epoch = @epoch OR held.open_request = @request THEN 0 ELSE 1 END,
                    open_request = CASE WHEN held.epoch = @epoch THEN held.open_request ELSE @request END,
                    group_ends = ARRAY (
                        SELECT greatest(own, visible) FROM unnest(held.group_ends, excluded.group_ends)
                            WITH ORDINALITY AS group_end (own, visible, place)
                        ORDER BY place),
                    writer = excluded.writer, open_until = now() + @hold
                WHERE (@epoch IS NULL OR held.epoch = @epoch)
                    AND (NOT @if_free OR NOT {IsOpen("held")} OR held.open_request = @request)
                RETURNING epoch, group_ends
                """
            )
            .With("project", project.Value)
            .With("timeline", timeline.Value)
            .With("stream", claim.StreamId)
            .With("epoch", NpgsqlDbType.Bigint, claim.SameEpoch)
            .With("request", NpgsqlDbType.Uuid, claim.Request)
            .With("ends", visibleEnds)
            .With("writer", claim.Writer)
            .With("hold", Hold)
            .With("if_free", claim.IfFree);
        WriterRows.AddLookIfOpen(batch, project, timeline, claim.StreamId);
        var (lease, isOpen) = await batch.ReadAsync(
            async (reader, token) =>
            {
                var taken = await reader.ReadAsync(token)
                    ? new WriterLease(reader.GetInt64(0), await reader.GetFieldValueAsync<long[]>(1, token), version)
                    {
                        Seen = seen,
                    }
                    : null;
                await reader.NextResultAsync(token);
                return (taken, await reader.ReadAsync(token) && reader.GetBoolean(0));
            },
            cancellation
        );
        if (lease is null || !isOpen || (claim.SameEpoch is { } epoch && lease.Epoch != epoch))
        {
            return null;
        }

        // The lease says what is durable: who committed it may have died before it told anybody.
        await database.TellAsync(project, timeline);
        if (lease.GroupEnds.SequenceEqual(visibleEnds))
        {
            return lease;
        }

        // What was waited for came after the first look: its version is known only now, when the stream is held.
        (seen, _, version) = await ReadVisibleEndsAsync(project, timeline, claim, cancellation);
        return lease with { Version = version, Seen = seen };
    }

    /// <summary>
    /// Says that the writer is done, so that the next one need not take over. Does nothing when it was fenced.
    /// </summary>
    public async Task ReleaseAsync(
        ProjectId project,
        TimelineId timeline,
        long streamId,
        long epoch,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                UPDATE signals.writer SET open_until = now()
                WHERE project_id = @project AND timeline_id = @timeline AND stream_id = @stream AND epoch = @epoch
                """
            )
            .With("project", project.Value)
            .With("timeline", timeline.Value)
            .With("stream", streamId)
            .With("epoch", epoch);
        await batch.ExecuteAsync(cancellation);
    }

    /// <summary>
    /// What the timeline sees now, never from a cache, how far each channel group reaches in it, and by which version.
    /// </summary>
    private async Task<(Snapshot Seen, long[] GroupEnds, CommitVersion Version)> ReadVisibleEndsAsync(
        ProjectId project,
        TimelineId timeline,
        WriterClaim claim,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add("SELECT owner_timeline_id, through_version FROM branching.vector_at_head(@timeline)")
            .With("timeline", timeline.Value);
        batch
            .Add(
                """
                SELECT newest.group_ends, newest.version
                FROM (
                    SELECT array_agg(owner_timeline_id) AS owners, array_agg(through_version) AS through
                    FROM branching.vector_at_head(@timeline)
                ) AS head
                CROSS JOIN LATERAL signals.seen(@stream, head.owners, head.through) AS seen (timeline_id, through)
                CROSS JOIN LATERAL (
                    SELECT group_ends, version FROM signals.append
                    WHERE project_id = @project AND timeline_id = seen.timeline_id AND stream_id = @stream
                      AND version <= seen.through
                    ORDER BY version DESC
                    LIMIT 1
                ) AS newest
                """
            )
            .With("project", project.Value)
            .With("stream", claim.StreamId)
            .With("timeline", timeline.Value);
        return await batch.ReadAsync((reader, token) => ReadEndsAsync(reader, claim, token), cancellation);
    }

    private static async Task<(Snapshot Seen, long[] GroupEnds, CommitVersion Version)> ReadEndsAsync(
        NpgsqlDataReader reader,
        WriterClaim claim,
        CancellationToken cancellation
    )
    {
        List<SnapshotEntry> seen = [];
        while (await reader.ReadAsync(cancellation))
        {
            seen.Add(new(new(reader.GetInt64(0)), new(reader.GetInt64(1))));
        }

        await reader.NextResultAsync(cancellation);
        var ends = new long[claim.GroupCount];
        var version = CommitVersion.Zero;
        while (await reader.ReadAsync(cancellation))
        {
            version = CommitVersion.Max(version, new(reader.GetInt64(1)));
            var reached = await reader.GetFieldValueAsync<long[]>(0, cancellation);
            for (var group = 0; group < ends.Length; group++)
            {
                ends[group] = Math.Max(ends[group], reached[group]);
            }
        }

        return (Snapshot.Of(seen), ends, version);
    }
}

/// <summary>Who wants to append to which stream.</summary>
/// <param name="GroupCount">Number of the stream's channel groups.</param>
/// <param name="Writer">For people, such as a host name.</param>
public sealed record WriterClaim(long StreamId, int GroupCount, string Writer)
{
    /// <summary>Go on as the writer of this epoch, or not at all; null: become a new writer.</summary>
    public long? SameEpoch { get; init; }

    /// <summary>Become the writer only where none has the stream open.</summary>
    public bool IfFree { get; init; }

    /// <summary>
    /// Which request claims it: the one that claimed it last is answered again, under the same epoch, as long as
    /// nothing was appended. Null: any.
    /// </summary>
    public Guid? Request { get; init; }
}
