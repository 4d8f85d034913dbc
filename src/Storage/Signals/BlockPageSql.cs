namespace Dendrite.Storage.Signals;

/// <summary>What of a block is read.</summary>
internal enum BlockContent
{
    Payload,
    Summary,
    Digest,
}

/// <summary>The query for one page of blocks.</summary>
internal static class BlockPageSql
{
    private static readonly string Payloads = Make("payload", "coalesce(carrier_sample, first_sample)");
    private static readonly string Summaries = Make("summary", "first_sample");
    private static readonly string Digests = Make("sample_digest", "first_sample");

    /// <summary>Content beyond the page is not read from disk.</summary>
    public static string Of(BlockContent content) =>
        content switch
        {
            BlockContent.Payload => Payloads,
            BlockContent.Summary => Summaries,
            _ => Digests,
        };

    /// <param name="column">What is read of a block.</param>
    /// <param name="carrier">First sample of the block that has it.</param>
    private static string Make(string column, string carrier) =>
        $"""
            WITH candidate AS (
                SELECT block.*
                FROM signals.seen(@stream, @owners, @through) AS seen (timeline_id, through)
                CROSS JOIN unnest(@groups) AS wanted (channel_group)
                CROSS JOIN LATERAL (
                    SELECT timeline_id, channel_group, first_sample, sample_count, version, metadata,
                        {column} AS content, {carrier} AS carrier
                    FROM signals.block
                    WHERE project_id = @project AND timeline_id = seen.timeline_id AND stream_id = @stream
                      AND channel_group = wanted.channel_group AND version <= seen.through
                      AND first_sample >= coalesce((
                            -- The block that holds the first sample may begin before it.
                            SELECT max(first_sample) FROM signals.block
                            WHERE project_id = @project AND timeline_id = seen.timeline_id AND stream_id = @stream
                              AND channel_group = wanted.channel_group
                              AND first_sample <= greatest(@start, @after_sample)), 0)
                      AND first_sample < @end AND first_sample + sample_count > @start
                      AND (first_sample, channel_group, timeline_id)
                        > (@after_sample, @after_group, @after_timeline)
                    ORDER BY first_sample
                    LIMIT @page_blocks
                ) AS block
                ORDER BY block.first_sample, block.channel_group, block.timeline_id
                LIMIT @page_blocks
            ),
            -- What was gathered comes once a page, with the first block of it.
            placed AS (
                SELECT *, row_number() OVER (
                    PARTITION BY timeline_id, channel_group, carrier ORDER BY first_sample) = 1 AS brings_content
                FROM candidate
            ),
            laden AS (
                SELECT placed.channel_group, placed.first_sample, placed.sample_count, placed.version,
                    placed.metadata, placed.timeline_id, placed.carrier,
                    CASE WHEN NOT brings_content THEN NULL WHEN placed.carrier = placed.first_sample
                        THEN placed.content ELSE gathered.payload END AS content
                FROM placed
                LEFT JOIN signals.block AS gathered ON placed.brings_content
                    AND placed.carrier <> placed.first_sample AND gathered.project_id = @project
                    AND gathered.timeline_id = placed.timeline_id AND gathered.stream_id = @stream
                    AND gathered.channel_group = placed.channel_group AND gathered.first_sample = placed.carrier
            ),
            weighed AS (
                SELECT *, sum(coalesce(octet_length(content), 0))
                    OVER (ORDER BY first_sample, channel_group, timeline_id) AS bytes_through
                FROM laden
            )
            SELECT channel_group, first_sample, sample_count, version, content, metadata, timeline_id, carrier
            FROM weighed
            WHERE bytes_through - coalesce(octet_length(content), 0) < @page_bytes
            ORDER BY first_sample, channel_group, timeline_id
            """;
}
