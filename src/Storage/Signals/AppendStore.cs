using Dendrite.Storage.Commits;
using Dendrite.Storage.Requests;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Signals;

/// <summary>
/// Commits appends to the streams of one timeline: many streams, one commit. Thread-safe; two callers on one timeline
/// wait for each other at the commit door.
/// </summary>
public sealed class AppendStore(PlatformDatabase database)
{
    private const string NotDone = """
        AND NOT EXISTS (
            SELECT FROM branching.request AS done
            WHERE done.project_id = @project AND done.request_id = append.request_id)
        """;

    /// <summary>
    /// Stores the appends in one commit and returns when it is durable. An append whose writer was fenced, or whose
    /// request was done before, is left out and reported; the others go through. Four round trips.
    /// </summary>
    /// <param name="author">Project, timeline and who commits.</param>
    /// <param name="seen">What the branch sees: where a finished stream's descriptor is looked up.</param>
    /// <param name="appends">In any order; of two for one stream at most one goes through.</param>
    /// <param name="cancellation">Cancelling leaves open whether the commit happened, as a lost connection does: open
    /// the streams again, which waits for the commit or fences it, and resume where they stand.</param>
    /// <exception cref="Errors.DendriteException">The timeline is closed to writes.</exception>
    public async Task<AppendResult> CommitAsync(
        CommitAuthor author,
        Snapshot seen,
        IReadOnlyList<StreamAppend> appends,
        CancellationToken cancellation
    )
    {
        List<FencedAppend> fenced = [];
        while (appends.Count > 0)
        {
            await using var session = await database.BeginAsync(author.Project, author.Timeline, cancellation);
            var (version, totals) = await MoveWritersAsync(session, author, appends, cancellation);
            if (totals.Count == appends.Count)
            {
                var owner = new RowOwner(author.Project, author.Timeline, version);
                await InsertRowsAsync(session, owner, seen, appends, totals, cancellation);
                await session.CommitAsync(cancellation);
                return new(version, fenced);
            }

            // The digest that went through the door covers the fenced streams too, so the commit starts over without
            // them.
            var refused = appends.Where((_, place) => !totals.ContainsKey(place)).ToArray();
            fenced.AddRange(await FindFencedAsync(session, author, refused, cancellation));
            appends = appends.Where((_, place) => totals.ContainsKey(place)).ToArray();
        }

        return new(null, fenced);
    }

    /// <summary>Passes the commit door, then moves every writer that still holds its stream. One round trip.</summary>
    private static async Task<(CommitVersion Version, Dictionary<int, StreamTotals> Totals)> MoveWritersAsync(
        ProjectSession session,
        CommitAuthor author,
        IReadOnlyList<StreamAppend> appends,
        CancellationToken cancellation
    )
    {
        await using var batch = session.CreateBatch();
        batch.Add(CommitDoor.CreateCommand(author.ToRequest(appends)));
        // Arrays of arrays are one flat array to unnest, so each stream's ends come as the text of an array. Who
        // appends has heard that the stream is theirs: whoever opens it by the same request later is somebody else.
        batch
            .Add(
                $"""
                UPDATE signals.writer AS writer
                SET group_ends = append.ends::bigint[], open_until = now() + @hold, open_request = NULL,
                    stored_bytes = stored_bytes + append.bytes,
                    missing_samples = least(missing_samples::numeric + append.missing, {long.MaxValue})::bigint
                FROM unnest(@streams, @epochs, @starts, @ends, @bytes, @missing, @requests) WITH ORDINALITY
                    AS append (stream_id, epoch, starts, ends, bytes, missing, request_id, place)
                WHERE writer.project_id = @project AND writer.timeline_id = @timeline
                  AND writer.stream_id = append.stream_id
                  AND writer.epoch = append.epoch AND writer.group_ends = append.starts::bigint[]
                  {(appends.Any(append => append.Request is not null) ? NotDone : "")}
                RETURNING append.place - 1, writer.stored_bytes, writer.missing_samples
                """
            )
            .With("hold", WriterStore.Hold)
            .With("streams", Column(appends, append => append.StreamId))
            .With("epochs", Column(appends, append => append.Epoch))
            .With("starts", Column(appends, append => ArrayText(append.GroupStarts)))
            .With("ends", Column(appends, append => ArrayText(append.GroupEnds)))
            .With("bytes", Column(appends, AppendStatistics.StoredBytes))
            .With("missing", Column(appends, AppendStatistics.MissingSamples))
            .With("requests", Column(appends, append => append.Request?.Mutation.RequestId))
            .With("project", author.Project.Value)
            .With("timeline", author.Timeline.Value);
        return await batch.ReadAsync(ReadMovedAsync, cancellation);
    }

    private static async Task<(CommitVersion Version, Dictionary<int, StreamTotals> Totals)> ReadMovedAsync(
        NpgsqlDataReader reader,
        CancellationToken cancellation
    )
    {
        var receipt = await CommitDoor.ReadReceiptAsync(reader, cancellation);
        await reader.NextResultAsync(cancellation);
        Dictionary<int, StreamTotals> totals = [];
        while (await reader.ReadAsync(cancellation))
        {
            totals.Add((int)reader.GetInt64(0), new(reader.GetInt64(1), reader.GetInt64(2)));
        }

        return (receipt.Version, totals);
    }

    /// <summary>Writes the rows of the commit. One round trip.</summary>
    private static async Task InsertRowsAsync(
        ProjectSession session,
        RowOwner owner,
        Snapshot seen,
        IReadOnlyList<StreamAppend> appends,
        Dictionary<int, StreamTotals> totals,
        CancellationToken cancellation
    )
    {
        await using var batch = session.CreateBatch();
        for (var place = 0; place < appends.Count; place++)
        {
            AppendRows.Add(batch, owner, appends[place], totals[place]);
            if (appends[place].Finish)
            {
                DescriptorRows.AddFinish(batch, owner, seen, appends[place].StreamId);
            }

            if (appends[place].Request is { } request)
            {
                IdempotencyStore.AddRememberedTo(batch, request.Mutation, request.Outcome);
            }
        }

        // One prepared statement for each block streams it to the server as it is. COPY is refused under row-level
        // security, and unnest over arrays of payloads builds them twice and spools them to disk.
        await batch.ExecuteAsync(cancellation);
    }

    /// <summary>Who holds the streams now. One round trip.</summary>
    private static async Task<IEnumerable<FencedAppend>> FindFencedAsync(
        ProjectSession session,
        CommitAuthor author,
        IReadOnlyList<StreamAppend> refused,
        CancellationToken cancellation
    )
    {
        await using var batch = session.CreateBatch();
        batch
            .Add(
                """
                SELECT stream_id, epoch, (SELECT min(group_end) FROM unnest(group_ends) AS group_end)
                FROM signals.writer
                WHERE project_id = @project AND timeline_id = @timeline AND stream_id = ANY (@streams)
                """
            )
            .With("project", author.Project.Value)
            .With("timeline", author.Timeline.Value)
            .With("streams", Column(refused, append => append.StreamId));
        var rows = await batch.ReadRowsAsync(
            row => (StreamId: row.GetInt64(0), Epoch: row.GetInt64(1), NextSample: row.GetInt64(2)),
            cancellation
        );
        var held = rows.ToDictionary(row => row.StreamId);
        return refused.Select(append =>
            held.TryGetValue(append.StreamId, out var now)
                ? new FencedAppend(append, now.Epoch, now.NextSample)
                : new FencedAppend(append, 0, 0)
        );
    }

    private static T[] Column<T>(IReadOnlyList<StreamAppend> appends, Func<StreamAppend, T> value) =>
        appends.Select(value).ToArray();

    private static string ArrayText(IReadOnlyList<long> values) => $"{{{string.Join(',', values)}}}";
}
