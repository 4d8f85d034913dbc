using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Signals;

/// <summary>
/// Commits appends to the streams of one timeline: many streams, one commit. Thread-safe; two callers on one timeline wait
/// for each other at the commit door.
/// </summary>
public sealed class AppendStore(NpgsqlDataSource dataSource)
{
    /// <summary>
    /// Stores the appends in one commit and returns when it is durable. An append whose writer was fenced is left out and
    /// reported; the others go through. Four round trips.
    /// </summary>
    /// <param name="author">Project, timeline and who commits.</param>
    /// <param name="seen">What the branch sees: where a finished stream's descriptor is looked up.</param>
    /// <param name="appends">At most one for each stream.</param>
    /// <param name="cancellation">Cancelling leaves open whether the commit happened, as a lost connection does: open the
    /// streams again, which waits for the commit or fences it, and resume where they stand.</param>
    /// <exception cref="Errors.DendriteException">The timeline is closed to writes.</exception>
    public async Task<AppendResult> CommitAsync(
        CommitAuthor author,
        Snapshot seen,
        IReadOnlyList<StreamAppend> appends,
        CancellationToken cancellation
    )
    {
        List<FencedStream> fenced = [];
        while (appends.Count > 0)
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            var (version, totals) = await MoveWritersAsync(connection, author, appends, cancellation);
            if (totals.Count == appends.Count)
            {
                var owner = new RowOwner(author.Project, author.Timeline, version);
                await InsertRowsAsync(connection, owner, seen, appends, totals, cancellation);
                await transaction.CommitAsync(cancellation);
                return new(version, fenced);
            }

            // The digest that went through the door covers the fenced streams too, so the commit starts over without them.
            var refused = appends.Where(append => !totals.ContainsKey(append.StreamId)).ToArray();
            fenced.AddRange(await FindFencedAsync(connection, author, refused, cancellation));
            await transaction.RollbackAsync(cancellation);
            appends = appends.Except(refused).ToArray();
        }

        return new(null, fenced);
    }

    /// <summary>Passes the commit door, then moves every writer that still holds its stream. One round trip.</summary>
    private static async Task<(CommitVersion Version, Dictionary<long, StreamTotals> Totals)> MoveWritersAsync(
        NpgsqlConnection connection,
        CommitAuthor author,
        IReadOnlyList<StreamAppend> appends,
        CancellationToken cancellation
    )
    {
        await using var batch = connection.CreateBatch();
        batch.AddProject(author.Project);
        batch.AddCommit(author, AppendDigest.Compute(appends), AppendStatistics.ToJson(appends));
        // Arrays of arrays are one flat array to unnest, so each stream's ends come as the text of an array.
        batch.Add(
            """
            UPDATE signals.writer AS writer
            SET group_ends = append.ends::bigint[], open_until = now() + @hold,
                stored_bytes = stored_bytes + append.bytes, missing_samples = missing_samples + append.missing
            FROM unnest(@streams, @epochs, @starts, @ends, @bytes, @missing)
                AS append (stream_id, epoch, starts, ends, bytes, missing)
            WHERE writer.project_id = @project AND writer.timeline_id = @timeline
              AND writer.stream_id = append.stream_id
              AND writer.epoch = append.epoch AND writer.group_ends = append.starts::bigint[]
            RETURNING writer.stream_id, writer.stored_bytes, writer.missing_samples
            """,
            new("hold", WriterStore.Hold),
            new("streams", Column(appends, append => append.StreamId)),
            new("epochs", Column(appends, append => append.Epoch)),
            new("starts", Column(appends, append => ArrayText(append.GroupStarts))),
            new("ends", Column(appends, append => ArrayText(append.GroupEnds))),
            new("bytes", Column(appends, AppendStatistics.StoredBytes)),
            new("missing", Column(appends, AppendStatistics.MissingSamples)),
            new("project", author.Project.Value),
            new("timeline", author.Timeline.Value)
        );
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var version = await reader.ReadCommitAsync(cancellation);
        Dictionary<long, StreamTotals> totals = [];
        while (await reader.ReadAsync(cancellation))
        {
            totals.Add(reader.GetInt64(0), new(reader.GetInt64(1), reader.GetInt64(2)));
        }

        return (version, totals);
    }

    /// <summary>Writes the rows of the commit. One round trip, one more when the connection sees a statement first.</summary>
    private static async Task InsertRowsAsync(
        NpgsqlConnection connection,
        RowOwner owner,
        Snapshot seen,
        IReadOnlyList<StreamAppend> appends,
        Dictionary<long, StreamTotals> totals,
        CancellationToken cancellation
    )
    {
        await using var batch = connection.CreateBatch();
        foreach (var append in appends)
        {
            AppendRows.Add(batch, owner, append, totals[append.StreamId]);
            if (append.Finish)
            {
                DescriptorRows.AddFinish(batch, owner, seen, append.StreamId);
            }
        }

        if (batch.BatchCommands.Count == 0)
        {
            return;
        }

        // One prepared statement for each block streams it to the server as it is. COPY is refused under row-level security,
        // and unnest over arrays of payloads builds them twice and spools them to disk (docs/decisions, append path).
        await batch.PrepareAsync(cancellation);
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Who holds the streams now. One round trip.</summary>
    private static async Task<List<FencedStream>> FindFencedAsync(
        NpgsqlConnection connection,
        CommitAuthor author,
        IReadOnlyList<StreamAppend> refused,
        CancellationToken cancellation
    )
    {
        await using var batch = connection.CreateBatch();
        batch.AddProject(author.Project);
        batch.Add(
            """
            SELECT stream_id, epoch, (SELECT min(group_end) FROM unnest(group_ends) AS group_end)
            FROM signals.writer
            WHERE project_id = @project AND timeline_id = @timeline AND stream_id = ANY (@streams)
            """,
            new("project", author.Project.Value),
            new("timeline", author.Timeline.Value),
            new("streams", Column(refused, append => append.StreamId))
        );
        return await batch.ReadAllAsync(
            row => new FencedStream(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)),
            cancellation
        );
    }

    private static T[] Column<T>(IReadOnlyList<StreamAppend> appends, Func<StreamAppend, T> value) =>
        appends.Select(value).ToArray();

    private static string ArrayText(IReadOnlyList<long> values) => $"{{{string.Join(',', values)}}}";
}
