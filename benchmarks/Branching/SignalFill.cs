namespace Dendrite.Benchmarks.Branching;

/// <summary>
/// Puts recordings into branches: blocks of noise, so that neither a compressing disk nor PostgreSQL makes them
/// smaller.
/// </summary>
internal sealed class SignalFill(BenchmarkPlatform platform)
{
    private const int BlockBytes = 30 << 10;
    private const int BlockSamples = 480;
    private const int LargestRecordingBlocks = 10_000;
    private static int recordings;
    private long filledBytes;

    /// <summary>Fills until main holds so many bytes of payload.</summary>
    public async Task FillToAsync(long bytes)
    {
        while (filledBytes < bytes)
        {
            var next = Math.Min((long)LargestRecordingBlocks * BlockBytes, bytes - filledBytes);
            await AddRecordingAsync("main", next);
            filledBytes += next;
        }
    }

    /// <summary>Adds a stream with at least so many bytes of payload, as one commit.</summary>
    public Task AddRecordingAsync(string branch, long bytes)
    {
        var stream = ++recordings;
        var blocks = ((bytes - 1) / BlockBytes) + 1;
        var samples = blocks * BlockSamples;
        return platform.ArrangeAsync(
            $"""
            BEGIN;
            SELECT branching.commit(
                (SELECT timeline_id FROM branching.branch WHERE name = '{branch}'), 'merge', 'benchmark', '',
                decode(repeat('00', 32), 'hex'), jsonb_build_object());
            INSERT INTO signals.stream (
                project_id, timeline_id, version, stream_id, uid, name, rate_samples, rate_seconds, start_time_ns,
                channels, layout_digest)
            SELECT b.project_id, b.timeline_id, branching.committed_version(), {stream}, gen_random_uuid(),
                'recording-{stream}', 30000, 1, 0, '[]', sha256('{stream}')
            FROM branching.branch AS b WHERE b.name = '{branch}';
            INSERT INTO signals.append (
                project_id, timeline_id, version, stream_id,
                first_sample, next_sample, group_ends, stored_bytes, missing_samples)
            SELECT b.project_id, b.timeline_id, branching.committed_version(), {stream},
                0, {samples}, ARRAY[{samples}], {blocks * BlockBytes}, 0
            FROM branching.branch AS b WHERE b.name = '{branch}';
            INSERT INTO signals.block (
                project_id, timeline_id, version, stream_id, channel_group, first_sample, sample_count,
                format, checksum, sample_digest, summary, payload)
            SELECT b.project_id, b.timeline_id, branching.committed_version(), {stream}, 0,
                n * {BlockSamples}, {BlockSamples}, 1, 0, sha256(int8send(n)), '', noise.bytes || int8send(n)
            FROM branching.branch AS b, generate_series(0, {blocks - 1}) AS n, (
                SELECT string_agg(sha256(int4send(i)), '') AS bytes FROM generate_series(1, {BlockBytes / 32}) AS i
            ) AS noise
            WHERE b.name = '{branch}';
            COMMIT;
            """
        );
    }
}
