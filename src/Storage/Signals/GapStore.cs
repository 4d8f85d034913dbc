using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Signals;

/// <summary>Reads the gap ledger through a snapshot. Thread-safe.</summary>
public sealed class GapStore(PlatformDatabase database)
{
    /// <summary>A page of the gaps that touch the samples, by first sample. One round trip.</summary>
    /// <param name="project">The tenant.</param>
    /// <param name="snapshot">What may be seen.</param>
    /// <param name="streamId">The stream.</param>
    /// <param name="samples">Which samples.</param>
    /// <param name="after">The last gap of the page before; null for the first page.</param>
    /// <param name="count">At most this many.</param>
    /// <param name="cancellation">Stops the query.</param>
    public async Task<IReadOnlyList<SampleGap>> ListAsync(
        ProjectId project,
        Snapshot snapshot,
        long streamId,
        SampleRange samples,
        GapKey? after,
        int count,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                -- Both sides of a merge may have declared the same gap: it is told once.
                SELECT DISTINCT ON (gap.first_sample, gap.channel_group)
                    gap.first_sample, gap.sample_count, gap.channel_group, gap.cause, gap.note, gap.version
                FROM signals.seen(@stream, @owners, @through) AS seen (timeline_id, through)
                JOIN signals.gap ON gap.project_id = @project AND gap.timeline_id = seen.timeline_id
                    AND gap.version <= seen.through AND gap.stream_id = @stream
                WHERE gap.first_sample < @end AND gap.first_sample + gap.sample_count > @start
                    AND (gap.first_sample, gap.channel_group) > (@after_sample, @after_group)
                ORDER BY gap.first_sample, gap.channel_group, gap.sample_count DESC, gap.version
                LIMIT @count
                """
            )
            .With("project", project.Value)
            .With("stream", streamId)
            .With("start", samples.Start)
            .With("end", samples.End)
            .With("after_sample", after?.FirstSample ?? -1L)
            .With("after_group", after is null ? -2 : after.Value.ChannelGroup ?? -1)
            .With("count", count)
            .With(snapshot);
        return await batch.ReadRowsAsync(Read, cancellation);
    }

    internal static SampleGap Read(NpgsqlDataReader row)
    {
        var first = row.GetInt64(0);
        var group = row.GetInt32(2);
        return new(
            new(first, first + row.GetInt64(1)),
            group < 0 ? null : group,
            (GapCause)row.GetInt16(3),
            row.GetString(4)
        )
        {
            Version = new(row.GetInt64(5)),
        };
    }
}

/// <summary>Where a gap stands in a list of gaps.</summary>
public readonly record struct GapKey(long FirstSample, int? ChannelGroup);
