using System.Text.Json.Nodes;
using Dendrite.Errors;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Requests;
using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Backups;

/// <summary>
/// Brings timelines back from a backup: under new numbers, in small transactions, each of which is done once however
/// often it is asked for. Nobody sees any of it before <see cref="FinishAsync"/>. Thread-safe.
/// </summary>
public sealed class RestoreStore(PlatformDatabase database)
{
    /// <summary>Begins, or goes on with, the restore of an operation. Two round trips.</summary>
    /// <param name="restore">Id of the operation.</param>
    /// <param name="sources">Numbers of the timelines in the backup.</param>
    /// <returns>Number in the backup to number here.</returns>
    /// <exception cref="DendriteException">ABORTED: it was done or given up before.</exception>
    public async Task<IReadOnlyDictionary<long, TimelineId>> BeginAsync(
        ProjectId project,
        string restore,
        IReadOnlyCollection<long> sources,
        CancellationToken cancellationToken
    )
    {
        await using (var begin = database.CreateBatch(project))
        {
            begin
                .Add("SELECT scheduling.begin_restore(@restore, @sources)")
                .With("restore", restore)
                .With("sources", sources.ToArray());
            await begin.ExecuteAsync(cancellationToken);
        }

        await using var batch = database.CreateBatch(project);
        About(
            batch.Add(
                """
                SELECT source_timeline_id, timeline_id FROM scheduling.restore_timeline
                WHERE project_id = @project AND restore_id = @restore
                """
            ),
            project,
            restore
        );
        var rows = await batch.ReadRowsAsync(
            row => KeyValuePair.Create(row.GetInt64(0), new TimelineId(row.GetInt64(1))),
            cancellationToken
        );
        return rows.ToDictionary();
    }

    /// <summary>Hands out versions for those of the backup. One round trip.</summary>
    /// <param name="sources">Ascending, behind those of the call before.</param>
    public async Task AddVersionsAsync(
        ProjectId project,
        string restore,
        IReadOnlyCollection<long> sources,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add("SELECT scheduling.restore_versions(@restore, @sources)")
            .With("restore", restore)
            .With("sources", sources.ToArray());
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>The versions that were handed out, ascending. One round trip; 16 bytes each.</summary>
    public async Task<VersionMap> ReadVersionsAsync(
        ProjectId project,
        string restore,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        About(
            batch.Add(
                """
                SELECT source_version, version FROM scheduling.restore_version
                WHERE project_id = @project AND restore_id = @restore ORDER BY source_version
                """
            ),
            project,
            restore
        );
        return new(await batch.ReadRowsAsync(row => (row.GetInt64(0), row.GetInt64(1)), cancellationToken));
    }

    /// <summary>
    /// Inserts the rows of a chunk, unless that was done before. One round trip, one transaction.
    /// </summary>
    /// <param name="table">One of <c>BackupTables</c>.</param>
    /// <param name="rows">JSON of all columns, project and timeline included.</param>
    public async Task InsertRowsAsync(
        ProjectId project,
        RestoredChunk chunk,
        string table,
        JsonArray rows,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        AddChunk(
                batch,
                project,
                chunk,
                $"""
                INSERT INTO {table}
                SELECT restored.* FROM added, jsonb_array_elements(@rows) AS element (value)
                CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, element.value) AS restored
                """
            )
            .With("rows", NpgsqlDbType.Jsonb, rows.ToJsonString());
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>The same for blocks.</summary>
    public async Task InsertBlocksAsync(
        ProjectId project,
        RestoredChunk chunk,
        TimelineId timeline,
        IReadOnlyList<RestoredBlock> blocks,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        AddChunk(batch, project, chunk, Blocks)
            .With("timeline", timeline.Value)
            .With("streams", blocks.Select(block => block.StreamId).ToArray())
            .With("groups", blocks.Select(block => block.ChannelGroup).ToArray())
            .With("samples", blocks.Select(block => block.Form.FirstSample).ToArray())
            .With("counts", blocks.Select(block => block.Form.SampleCount).ToArray())
            .With("versions", blocks.Select(block => block.Version.Value).ToArray())
            .With("formats", blocks.Select(block => block.Form.Format).ToArray())
            .With("checksums", blocks.Select(block => block.Form.Checksum).ToArray())
            .With("digests", blocks.Select(block => block.SampleDigest).ToArray())
            .With("summaries", blocks.Select(block => block.Form.Summary).ToArray())
            .With("payloads", blocks.Select(block => block.Form.Payload).ToArray())
            .With("metadata", blocks.Select(block => block.MetadataJson).ToArray())
            .With("carriers", blocks.Select(block => block.Form.CarrierSample).ToArray());
        await batch.ExecuteAsync(cancellationToken);
    }

    private const string Blocks = """
        INSERT INTO signals.block (
            project_id, timeline_id, stream_id, channel_group, first_sample, sample_count, version, format, checksum,
            sample_digest, summary, payload, metadata, carrier_sample)
        SELECT @project, @timeline, b.stream, b.channel_group, b.first_sample, b.sample_count, b.version, b.format,
            b.checksum, b.digest, b.summary, b.payload, b.metadata::jsonb, b.carrier
        FROM added, unnest(@streams, @groups, @samples, @counts, @versions, @formats, @checksums, @digests, @summaries,
            @payloads, @metadata, @carriers)
            AS b (stream, channel_group, first_sample, sample_count, version, format, checksum, digest, summary,
                payload, metadata, carrier)
        """;

    /// <summary>Which chunks of a timeline are there. One round trip.</summary>
    public async Task<IReadOnlySet<int>> ListChunksAsync(
        ProjectId project,
        string restore,
        long source,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        About(
                batch.Add(
                    """
                    SELECT place FROM scheduling.restore_chunk
                    WHERE project_id = @project AND restore_id = @restore AND source_timeline_id = @source
                    """
                ),
                project,
                restore
            )
            .With("source", source);
        return (await batch.ReadRowsAsync(row => row.GetInt32(0), cancellationToken)).ToHashSet();
    }

    /// <summary>Commits of a timeline behind those that are there, once their rows are. One round trip.</summary>
    /// <param name="line">The timeline, and the commit at which it was forked; zero: none.</param>
    /// <param name="commits">
    /// JSON: <c>source_version</c>, <c>kind</c>, <c>author</c>, <c>message</c>, <c>commit_time</c>, <c>digest</c> in
    /// hexadecimal digits, <c>statistics</c>.
    /// </param>
    public async Task InsertCommitsAsync(
        ProjectId project,
        string restore,
        (TimelineId Timeline, CommitVersion Start) line,
        JsonArray commits,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add("SELECT scheduling.restore_commits(@restore, @timeline, @start, @commits)")
            .With("restore", restore)
            .With("timeline", line.Timeline.Value)
            .With("start", line.Start.Value)
            .With("commits", NpgsqlDbType.Jsonb, commits.ToJsonString());
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>
    /// Those of the names that a branch or tag of the project has, each with why it is taken. One round trip.
    /// </summary>
    public async Task<IReadOnlyList<string>> ListTakenAsync(
        ProjectId project,
        IReadOnlyCollection<string> branches,
        IReadOnlyCollection<string> tags,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {TakenBranchIds.Sql}, b.name FROM branching.branch b
                JOIN branching.timeline t ON t.project_id = b.project_id AND t.timeline_id = b.timeline_id
                WHERE b.project_id = @project AND b.name = ANY (@branches)
                    -- An empty main takes the state that was backed up.
                    AND NOT (b.kind = 'main' AND t.head_version = 0)
                UNION ALL
                SELECT 'tag', g.name FROM branching.tag g WHERE g.project_id = @project AND g.name = ANY (@tags)
                ORDER BY 2, 1 LIMIT 10
                """
            )
            .With("project", project.Value)
            .With("branches", branches.ToArray())
            .With("tags", tags.ToArray());
        return await batch.ReadRowsAsync(row => WhyTaken(row.GetString(0), row.GetString(1)), cancellationToken);

        static string WhyTaken(string what, string name) =>
            what is "tag" ? $"tag '{name}' exists already" : TakenBranchIds.Parse(what).Explain(name);
    }

    /// <summary>Whether a restore was finished. One round trip.</summary>
    public async Task<bool> IsDoneAsync(ProjectId project, string restore, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        About(
            batch.Add(
                """
                SELECT FROM scheduling.restore
                WHERE project_id = @project AND restore_id = @restore AND state = 'done'
                """
            ),
            project,
            restore
        );
        return await batch.ReadAsync((reader, token) => reader.ReadAsync(token), cancellationToken);
    }

    /// <summary>
    /// Shows what was restored, all at once, and writes the audit. One round trip. Again: nothing more.
    /// </summary>
    /// <exception cref="DendriteException">ALREADY_EXISTS: a name was taken meanwhile.</exception>
    public async Task FinishAsync(
        ProjectId project,
        string restore,
        RestoredState state,
        IReadOnlyCollection<Mutation> mutations,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var batch = database.CreateBatch(project);
            batch
                .Add(
                    """
                    SELECT signals.count_saved(timeline_id) FROM scheduling.restore_timeline
                    WHERE project_id = @project AND restore_id = @restore
                    """
                )
                .With("project", project.Value)
                .With("restore", restore);
            batch
                .Add("SELECT scheduling.finish_restore(@restore, @absorbed, @branches, @tags)")
                .With("restore", restore)
                .With("absorbed", NpgsqlDbType.Jsonb, state.Absorbed.ToJsonString())
                .With("branches", NpgsqlDbType.Jsonb, state.Branches.ToJsonString())
                .With("tags", NpgsqlDbType.Jsonb, state.Tags.ToJsonString());
            foreach (var mutation in mutations)
            {
                IdempotencyStore.AddTo(batch, mutation, []);
            }

            await batch.ExecuteAsync(cancellationToken);
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw new DendriteException(
                ErrorReason.AlreadyExists,
                "A branch or tag was made meanwhile under a name that the restore needs: restore again with id_prefix.",
                taken
            );
        }
    }

    /// <summary>Gives up a restore: what it brought is removed as garbage is. One round trip.</summary>
    public async Task DropAsync(ProjectId project, string restore, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch.Add("SELECT scheduling.drop_restore(@restore)").With("restore", restore);
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>
    /// Gives up the restores whose operations ended without them: cancelled, given up or forgotten. One round trip.
    /// </summary>
    public async Task DropLostAsync(ProjectId project, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT scheduling.drop_restore(r.restore_id) FROM scheduling.restore r
                WHERE r.project_id = @project AND r.state = 'running' AND NOT EXISTS (
                    SELECT FROM branching.operation o
                    WHERE o.project_id = @project AND o.operation_id = r.restore_id AND o.end_time IS NULL)
                """
            )
            .With("project", project.Value);
        await batch.ExecuteAsync(cancellationToken);
    }

    private static NpgsqlBatchCommand AddChunk(
        ProjectBatch batch,
        ProjectId project,
        RestoredChunk chunk,
        string sql
    ) =>
        About(
                batch.Add(
                    $"""
                    WITH added AS (
                        INSERT INTO scheduling.restore_chunk (project_id, restore_id, source_timeline_id, place)
                        VALUES (@project, @restore, @source, @place)
                        ON CONFLICT DO NOTHING RETURNING place
                    )
                    {sql}
                    """
                ),
                project,
                chunk.Restore
            )
            .With("source", chunk.SourceTimeline)
            .With("place", chunk.Place);

    private static NpgsqlBatchCommand About(NpgsqlBatchCommand command, ProjectId project, string restore) =>
        command.With("project", project.Value).With("restore", restore);
}

/// <summary>A chunk of a timeline of a restore.</summary>
/// <param name="Restore">Id of the operation.</param>
/// <param name="SourceTimeline">Its number in the backup.</param>
/// <param name="Place">Of the chunk among the timeline's.</param>
public readonly record struct RestoredChunk(string Restore, long SourceTimeline, int Place);

/// <summary>A block to be inserted, under the numbers that it has here.</summary>
public sealed record RestoredBlock(long StreamId, int ChannelGroup, CommitVersion Version, StoredForm Form)
{
    public required byte[] SampleDigest { get; init; }

    public string? MetadataJson { get; init; }
}

/// <summary>What becomes visible, as <c>scheduling.finish_restore</c> takes it.</summary>
public sealed record RestoredState(JsonArray Absorbed, JsonArray Branches, JsonArray Tags);
