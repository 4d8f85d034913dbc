namespace Dendrite.Benchmarks.Branching;

/// <summary>
/// Puts recordings into <c>main</c> as merged experiments leave them: blocks of noise, so that neither a compressing
/// disk nor PostgreSQL makes them smaller.
/// </summary>
internal sealed class SignalFill(BenchmarkPlatform platform)
{
    private const int BlockBytes = 30 << 10;
    private const int BlocksOfStream = 10_000;
    private long filledBytes;
    private int streams;

    /// <summary>Fills until main holds so many bytes of payload.</summary>
    public async Task FillToAsync(long bytes)
    {
        while (filledBytes < bytes)
        {
            var blocks = (int)Math.Min(BlocksOfStream, ((bytes - filledBytes) / BlockBytes) + 1);
            await AddStreamAsync(blocks);
            filledBytes += (long)blocks * BlockBytes;
        }
    }

    private Task AddStreamAsync(int blocks)
    {
        streams++;
        return platform.ArrangeAsync(
            $"""
            BEGIN;
            SELECT branching.commit(
                (SELECT timeline_id FROM branching.branch WHERE name = 'main'), 'merge', 'benchmark', '',
                decode(repeat('00', 32), 'hex'), jsonb_build_object());
            INSERT INTO signals.block (
                project_id, timeline_id, version, stream_id, channel_group, first_sample, sample_count,
                format, checksum, sample_digest, summary, payload)
            SELECT branching.current_project(), main.timeline_id, branching.committed_version(), {streams}, 0,
                n * 480, 480, 1, 0, sha256(int4send(n)), '', noise.bytes || int4send(n)
            FROM branching.branch AS main, generate_series(0, {blocks - 1}) AS n, (
                SELECT string_agg(sha256(int4send(i)), '') AS bytes FROM generate_series(1, {BlockBytes / 32}) AS i
            ) AS noise
            WHERE main.name = 'main';
            COMMIT;
            """
        );
    }
}
