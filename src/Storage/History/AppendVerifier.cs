using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;
using Npgsql;

namespace Dendrite.Storage.History;

/// <summary>
/// Reads what an append stored and compares it with what its commit vouches for. Every block is decoded and its samples
/// digested; the commit's own digest is recomputed from the rows.
/// </summary>
/// <remarks>
/// An annotation or time anchor that said nothing new was digested and not stored. A commit that holds such a one says
/// so by its counts, and its digest stays open: its blocks are still compared with their own digests.
/// </remarks>
internal sealed class AppendVerifier(PlatformDatabase database)
{
    /// <summary>
    /// Reads the append whole. One round trip; memory for one payload of each channel group, and 100 bytes for each
    /// block of the commit.
    /// </summary>
    /// <exception cref="Errors.DendriteException">UNAVAILABLE.</exception>
    public async Task<DataCheck> VerifyAsync(
        ProjectId project,
        StoredCommit commit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        AddTo(batch, project, commit);
        return await batch.ReadAsync((reader, token) => ReadAsync(reader, commit, token), cancellationToken);
    }

    private static void AddTo(ProjectBatch batch, ProjectId project, StoredCommit commit)
    {
        const string Appended = "a.project_id = @project AND a.timeline_id = @timeline AND a.version = @version";
        string[] queries =
        [
            $"""
                SELECT a.stream_id, a.finished FROM signals.stream a WHERE {Appended}
                UNION ALL SELECT a.stream_id, false FROM signals.append a WHERE {Appended}
                """,
            $"""
                SELECT g.stream_id, g.first_sample, g.sample_count, g.channel_group, g.cause, g.note
                FROM signals.append a
                JOIN signals.gap g ON g.project_id = a.project_id AND g.timeline_id = a.timeline_id
                    AND g.stream_id = a.stream_id AND g.first_sample >= a.first_sample AND g.version = a.version
                WHERE {Appended}
                """,
            $"""
                SELECT a.stream_id, a.sample_index, a.instant_ns, a.device_seconds, a.clock_offset_seconds,
                    a.uncertainty_seconds
                FROM signals.time_anchor a WHERE {Appended}
                """,
            $"""
                SELECT a.stream_id, a.annotation_id, a.start_sample, a.text, a.onset_ns, a.duration_ns, a.category,
                    a.channels, a.metadata, a.deleted
                FROM signals.annotation a WHERE {Appended}
                """,
                // Last: payloads are read one by one.
                $"""
                -- A payload that was gathered comes with the first of the blocks that it holds.
                SELECT b.stream_id, b.first_sample, b.channel_group, b.sample_count, b.sample_digest,
                    CASE WHEN b.carrier = b.first_sample THEN b.payload WHEN b.brings_payload THEN gathered.payload END,
                    b.carrier
                FROM (
                SELECT b.*, coalesce(b.carrier_sample, b.first_sample) AS carrier,
                    row_number() OVER (
                        PARTITION BY b.stream_id, b.channel_group, coalesce(b.carrier_sample, b.first_sample)
                        ORDER BY b.first_sample) = 1 AS brings_payload
                FROM signals.append a
                CROSS JOIN LATERAL generate_series(0, cardinality(a.group_ends) - 1) AS place
                JOIN signals.block b ON b.project_id = a.project_id AND b.timeline_id = a.timeline_id
                    AND b.stream_id = a.stream_id AND b.channel_group = place AND b.first_sample >= a.first_sample
                    AND b.first_sample < a.group_ends[place + 1] AND b.version = a.version
                WHERE {Appended}) AS b
                LEFT JOIN signals.block AS gathered ON b.brings_payload AND b.carrier <> b.first_sample
                    AND gathered.project_id = b.project_id AND gathered.timeline_id = b.timeline_id
                    AND gathered.stream_id = b.stream_id AND gathered.channel_group = b.channel_group
                    AND gathered.first_sample = b.carrier
                ORDER BY b.stream_id, b.first_sample, b.channel_group
                """,
        ];
        foreach (var query in queries)
        {
            batch
                .Add(query)
                .With("project", project.Value)
                .With("timeline", commit.Commit.Content.Timeline.Value)
                .With("version", commit.Commit.Content.Version.Value);
        }
    }

    private static async Task<DataCheck> ReadAsync(
        NpgsqlDataReader reader,
        StoredCommit commit,
        CancellationToken cancellationToken
    )
    {
        var streams = await ReadAllAsync(reader, row => row.GetBoolean(1), cancellationToken);
        var gaps = await ReadAllAsync(reader, ReadGap, cancellationToken);
        var anchors = await ReadAllAsync(reader, ReadAnchor, cancellationToken);
        var annotations = await ReadAllAsync(reader, ReadAnnotation, cancellationToken);
        var blocks = new List<(long Stream, NewBlock Block)>();
        var payloads = new DecodedPayloads();
        var bytes = 0L;
        while (await reader.ReadAsync(cancellationToken))
        {
            if (!await reader.IsDBNullAsync(5, cancellationToken))
            {
                var payload = await reader.GetFieldValueAsync<byte[]>(5, cancellationToken);
                bytes += payload.Length;
                payloads.Put(reader.GetInt64(0), reader.GetInt32(2), payload);
            }

            if (Check(reader, payloads, out var block) is { } damage)
            {
                return new(bytes, damage);
            }

            blocks.Add((reader.GetInt64(0), block!));
        }

        var byStream = blocks.ToLookup(block => block.Stream, block => block.Block);
        var appends = streams
            .Select(stream => stream.Key)
            .Union(anchors.Select(stream => stream.Key))
            .Union(annotations.Select(stream => stream.Key))
            .Select(stream => new StreamAppend(stream, 0, [], [])
            {
                Finish = streams[stream].Any(finished => finished),
                Blocks = [.. byStream[stream]],
                Gaps = [.. gaps[stream]],
                Anchors = [.. anchors[stream]],
                Annotations = [.. annotations[stream]],
            })
            .ToArray();
        return new(bytes, Compare(commit, appends));
    }

    /// <summary>A result by stream, which is its first column; then goes on to the next.</summary>
    private static async Task<ILookup<long, T>> ReadAllAsync<T>(
        NpgsqlDataReader reader,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken
    )
    {
        var rows = new List<(long Stream, T Value)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add((reader.GetInt64(0), read(reader)));
        }

        await reader.NextResultAsync(cancellationToken);
        return rows.ToLookup(row => row.Stream, row => row.Value);
    }

    private static StreamTimeAnchor ReadAnchor(NpgsqlDataReader row) =>
        new(row.GetInt64(1), row.GetInt64(2))
        {
            DeviceSeconds = row.IsDBNull(3) ? null : row.GetDouble(3),
            ClockOffsetSeconds = row.IsDBNull(4) ? null : row.GetDouble(4),
            UncertaintySeconds = row.IsDBNull(5) ? null : row.GetDouble(5),
        };

    private static StreamAnnotation ReadAnnotation(NpgsqlDataReader row) =>
        new(row.GetGuid(1), row.GetInt64(2), row.GetString(3))
        {
            OnsetNs = row.IsDBNull(4) ? null : row.GetInt64(4),
            DurationNs = row.IsDBNull(5) ? null : row.GetInt64(5),
            Category = row.GetString(6),
            Channels = row.GetFieldValue<string[]>(7),
            MetadataJson = row.GetString(8),
            Deleted = row.GetBoolean(9),
        };

    private static SampleGap ReadGap(NpgsqlDataReader reader)
    {
        var (first, group) = (reader.GetInt64(1), reader.GetInt32(3));
        return new(
            new(first, first + reader.GetInt64(2)),
            group < 0 ? null : group,
            (GapCause)reader.GetInt16(4),
            reader.GetString(5)
        );
    }

    /// <summary>What is wrong with a block, or the block as it was digested.</summary>
    private static string? Check(NpgsqlDataReader reader, DecodedPayloads payloads, out NewBlock? block)
    {
        block = null;
        var (stream, group) = (reader.GetInt64(0), reader.GetInt32(2));
        var (first, count) = (reader.GetInt64(1), reader.GetInt32(3));
        var digest = reader.GetFieldValue<byte[]>(4);
        var place = $"block at sample {first} of group {group} of stream number {stream}";
        try
        {
            var part = new SampleRange(first, first + count);
            if (payloads.Digest(stream, group, reader.GetInt64(6), part, out var header)?.SequenceEqual(digest) != true)
            {
                return $"its {place} holds other samples than were digested";
            }

            block = new(group, first, header, default, digest, []);
            return null;
        }
        catch (BlockFormatException damage)
        {
            return $"its {place} cannot be read: {damage.Message}";
        }
    }

    private static string? Compare(StoredCommit commit, StreamAppend[] appends)
    {
        foreach (var (name, stored) in AppendStatistics.Of(appends).Where(count => count.Key is "blocks" or "gaps"))
        {
            if (commit.Statistics.TryGetValue(name, out var written) && written != stored)
            {
                return $"it wrote {written} {name}, and {stored} are stored";
            }
        }

        var isSame = AppendDigest.Compute(appends).AsSpan().SequenceEqual(commit.Commit.Content.Digest.Span);
        return isSame || !IsWhole(commit, appends) ? null : "its data does not have the digest that it vouches for";
    }

    /// <summary>Whether the stored rows say all that was digested.</summary>
    private static bool IsWhole(StoredCommit commit, StreamAppend[] appends)
    {
        var stored = AppendStatistics.Of(appends);
        return Said("streams") && Said("annotations") && Said("time_anchors");

        bool Said(string name) => commit.Statistics.GetValueOrDefault(name, long.MaxValue) <= stored[name];
    }
}
