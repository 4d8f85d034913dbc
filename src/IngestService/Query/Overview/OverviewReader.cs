using System.Runtime.CompilerServices;
using Dendrite.IngestService.Streams;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query.Overview;

/// <summary>
/// Draws a window from the summaries of its blocks, and decodes those whose summaries do not suffice: the ones that an
/// edge cuts where exact edges are asked for, those that are longer than a bucket, and those of which another block
/// holds a part or a mask hides one. Its cost is that of the summaries, whatever the window holds of samples.
/// Thread-safe.
/// </summary>
internal sealed class OverviewReader(BlockStore blocks)
{
    public async IAsyncEnumerable<V1.ReadOverviewResponse> ReadAsync(
        BranchView branch,
        SignalStream stream,
        OverviewPlan plan,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var table = new OverviewTable(stream.Descriptor, plan);
        foreach (var (group, range) in await SummariseAsync(branch, stream, plan, table, cancellation))
        {
            await foreach (
                var block in blocks.ReadAsync(
                    branch.Project,
                    branch.Snapshot,
                    stream.StreamId,
                    [group],
                    range,
                    cancellation
                )
            )
            {
                table.AddSamples(block, block.Visible.Intersect(range));
            }
        }

        yield return new() { Header = ToHeader(branch, stream, plan, table) };
        for (var row = 0; row < plan.Read.Channels.Count; row++)
        {
            yield return new() { Channel = table.ToContract(row) };
        }
    }

    /// <summary>Adds what summaries can say.</summary>
    /// <returns>What they cannot: runs of samples of a group, neighbours joined.</returns>
    private async Task<List<(int Group, SampleRange Range)>> SummariseAsync(
        BranchView branch,
        SignalStream stream,
        OverviewPlan plan,
        OverviewTable table,
        CancellationToken cancellation
    )
    {
        var left = new List<(int Group, SampleRange Range)>();
        if (plan.Read.Range.IsEmpty)
        {
            return left;
        }

        // By group, so that the runs that are left to decode are neighbours.
        foreach (var group in plan.Read.PlacesByGroup.Keys.Order())
        {
            await foreach (
                var block in blocks.ReadSummariesAsync(
                    branch.Project,
                    branch.Snapshot,
                    stream.StreamId,
                    [group],
                    plan.Read.Range,
                    cancellation
                )
            )
            {
                var part = block.Visible.Intersect(plan.Read.Range);
                if (FindBucket(block, part, plan) is { } bucket)
                {
                    table.AddSummaries(block, bucket);
                }
                else if (!part.IsEmpty)
                {
                    Leave(left, group, part);
                }
            }
        }

        return left;
    }

    /// <summary>The bucket that takes a block whole; null where the block has to be decoded, or is not seen.</summary>
    private static int? FindBucket(StoredBlock block, SampleRange part, OverviewPlan plan)
    {
        if (part.IsEmpty || block.Visible != block.Range || block.ChannelMasks.Count > 0)
        {
            return null;
        }

        var bucket = plan.Buckets.IndexOf(part.Start);
        if (part == block.Range && bucket == plan.Buckets.IndexOf(part.End - 1))
        {
            return bucket;
        }

        return !plan.IsExact && block.SampleCount <= plan.Buckets.Width
            ? plan.Buckets.IndexOf(part.Start + ((part.Count - 1) / 2))
            : null;
    }

    private static void Leave(List<(int Group, SampleRange Range)> left, int group, SampleRange part)
    {
        if (left.Count > 0 && left[^1].Group == group && left[^1].Range.End == part.Start)
        {
            left[^1] = (group, left[^1].Range with { End = part.End });
        }
        else
        {
            left.Add((group, part));
        }
    }

    private static V1.OverviewHeader ToHeader(
        BranchView branch,
        SignalStream stream,
        OverviewPlan plan,
        OverviewTable table
    )
    {
        var (start, end) = (plan.Read.Range.Start, plan.Read.Range.End);
        var header = new V1.OverviewHeader
        {
            Version = branch.Version.Value,
            Range = new() { StartSample = start, EndSample = end },
            BucketEnds = { plan.Buckets.Ends },
            DecodedBlocks = table.DecodedBlocks,
        };
        header.Channels.AddRange(
            plan.Read.Channels.Select(index => StreamMapper.ToContract(stream.Descriptor.Channels[index]))
        );
        return header;
    }
}
