using System.Buffers;
using System.Security.Cryptography;
using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;
using Npgsql;

namespace Dendrite.Storage.History;

/// <summary>
/// Reads what an append stored and compares it with what its commit vouches for. Every block is decoded and its samples
/// digested; the commit's own digest is recomputed from those where the stored rows say all that went into it.
/// </summary>
/// <remarks>
/// They do not always: annotations and time anchors that said nothing new were digested and not stored, and rows do not
/// keep the order in which a gateway sent the streams and channel groups of one commit. So a digest that matches proves
/// the data; one that does not is a break only where no other order was possible.
/// </remarks>
public sealed class AppendVerifier(PlatformDatabase database)
{
    /// <summary>Streams of one commit up to which every order is tried: 24 digests.</summary>
    private const int MaxOrderedStreams = 4;

    /// <summary>
    /// Reads the append whole. One round trip; memory for one block at a time, and 100 bytes for each block of the
    /// commit.
    /// </summary>
    /// <exception cref="Errors.DendriteException">UNAVAILABLE.</exception>
    public async Task<AppendCheck> VerifyAsync(
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
            // In the order they were written, as long as nobody rewrote the table.
            $"SELECT a.stream_id, cardinality(a.group_ends) FROM signals.append a WHERE {Appended} ORDER BY a.ctid",
            $"""
                SELECT g.stream_id, g.first_sample, g.sample_count, g.channel_group, g.cause, g.note
                FROM signals.append a
                JOIN signals.gap g ON g.project_id = a.project_id AND g.timeline_id = a.timeline_id
                    AND g.stream_id = a.stream_id AND g.first_sample >= a.first_sample AND g.version = a.version
                WHERE {Appended} ORDER BY g.stream_id, g.first_sample, g.channel_group
                """,
            $"""
                SELECT b.stream_id, b.first_sample, b.channel_group, b.sample_count, b.sample_digest, b.payload
                FROM signals.append a
                CROSS JOIN LATERAL generate_series(0, cardinality(a.group_ends) - 1) AS place
                JOIN signals.block b ON b.project_id = a.project_id AND b.timeline_id = a.timeline_id
                    AND b.stream_id = a.stream_id AND b.channel_group = place AND b.first_sample >= a.first_sample
                    AND b.first_sample < a.group_ends[place + 1] AND b.version = a.version
                WHERE {Appended} ORDER BY b.stream_id, b.first_sample, b.channel_group
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

    private static async Task<AppendCheck> ReadAsync(
        NpgsqlDataReader reader,
        StoredCommit commit,
        CancellationToken cancellationToken
    )
    {
        var streams = new List<(long Id, int Groups)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            streams.Add((reader.GetInt64(0), reader.GetInt32(1)));
        }

        await reader.NextResultAsync(cancellationToken);
        var gaps = new List<(long Stream, SampleGap Gap)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            gaps.Add((reader.GetInt64(0), ReadGap(reader)));
        }

        await reader.NextResultAsync(cancellationToken);
        var blocks = new List<(long Stream, NewBlock Block)>();
        var bytes = 0L;
        while (await reader.ReadAsync(cancellationToken))
        {
            var payload = await reader.GetFieldValueAsync<byte[]>(5, cancellationToken);
            bytes += payload.Length;
            if (Check(reader, payload, out var block) is { } damage)
            {
                return new(bytes, damage);
            }

            blocks.Add((reader.GetInt64(0), block!));
        }

        var appends = streams
            .Select(stream => new StreamAppend(stream.Id, 0, new long[stream.Groups], new long[stream.Groups])
            {
                Blocks = [.. blocks.Where(block => block.Stream == stream.Id).Select(block => block.Block)],
                Gaps = [.. gaps.Where(gap => gap.Stream == stream.Id).Select(gap => gap.Gap)],
            })
            .ToArray();
        return new(bytes, Compare(commit, appends));
    }

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
    private static string? Check(NpgsqlDataReader reader, byte[] payload, out NewBlock? block)
    {
        block = null;
        var (first, count) = (reader.GetInt64(1), reader.GetInt32(3));
        var digest = reader.GetFieldValue<byte[]>(4);
        var place = $"block at sample {first} of group {reader.GetInt32(2)} of stream number {reader.GetInt64(0)}";
        try
        {
            var opened = SampleBlock.Open(payload);
            var rented = ArrayPool<byte>.Shared.Rent(opened.Header.DecodedBytes);
            try
            {
                var samples = rented.AsSpan(0, opened.Header.DecodedBytes);
                opened.Decode(samples);
                if (opened.Header.SampleCount != count || !SHA256.HashData(samples).AsSpan().SequenceEqual(digest))
                {
                    return $"its {place} holds other samples than were digested";
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(rented);
            }

            block = new(reader.GetInt32(2), first, opened.Header, default, digest, []);
            return null;
        }
        catch (BlockFormatException damage)
        {
            return $"its {place} cannot be read: {damage.Message}";
        }
    }

    private static string? Compare(StoredCommit commit, StreamAppend[] appends)
    {
        var stored = appends.Sum(append => append.Blocks.Count);
        if (commit.Statistics.TryGetValue("blocks", out var written) && written != stored)
        {
            return $"it wrote {written} blocks, and {stored} are stored";
        }

        var digest = commit.Commit.Content.Digest;
        var isMatch = Orders(appends).Any(order => AppendDigest.Compute(order).AsSpan().SequenceEqual(digest.Span));
        return isMatch || !IsWhole(commit, appends) ? null : "its data does not have the digest that it vouches for";
    }

    /// <summary>Whether the stored rows say all that was digested, and in one of the orders below.</summary>
    private static bool IsWhole(StoredCommit commit, StreamAppend[] appends) =>
        commit.Statistics.GetValueOrDefault("streams", -1) == appends.Length
        && commit.Statistics.GetValueOrDefault("annotations", -1) == 0
        && commit.Statistics.GetValueOrDefault("time_anchors", -1) == 0
        && appends.Length <= MaxOrderedStreams
        && appends.All(append => append.GroupEnds.Count == 1);

    /// <summary>
    /// The orders that the appends may have been digested in, each with and without the end of a stream.
    /// </summary>
    private static IEnumerable<StreamAppend[]> Orders(StreamAppend[] appends)
    {
        var orders = appends.Length <= MaxOrderedStreams ? Permutations(appends) : [appends];
        var endings = 1 << Math.Min(appends.Length, MaxOrderedStreams);
        foreach (var order in orders)
        {
            for (var ending = 0; ending < endings; ending++)
            {
                yield return [.. order.Select((append, i) => append with { Finish = (ending >> i & 1) == 1 })];
            }
        }
    }

    private static IEnumerable<StreamAppend[]> Permutations(StreamAppend[] appends)
    {
        if (appends.Length <= 1)
        {
            return [appends];
        }

        return appends.SelectMany(
            (first, i) =>
                Permutations([.. appends[..i], .. appends[(i + 1)..]]).Select(rest => (StreamAppend[])[first, .. rest])
        );
    }
}

/// <summary>What reading an append found.</summary>
/// <param name="Bytes">Of payloads that were read.</param>
/// <param name="Problem">What is wrong; null where nothing was found.</param>
public sealed record AppendCheck(long Bytes, string? Problem);
