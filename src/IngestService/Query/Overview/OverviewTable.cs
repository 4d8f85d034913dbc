using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query.Overview;

/// <summary>What is gathered of an overview: a summary for each wanted channel and bucket.</summary>
internal sealed class OverviewTable
{
    private readonly SignalStreamDescriptor descriptor;
    private readonly OverviewPlan plan;
    private readonly ChannelSummary[] cells;
    private readonly Dictionary<int, (int Place, int Row)[]> rowsByGroup;
    private readonly PayloadDecoder payloads = new();

    public OverviewTable(SignalStreamDescriptor descriptor, OverviewPlan plan)
    {
        (this.descriptor, this.plan) = (descriptor, plan);
        cells = new ChannelSummary[plan.Read.Channels.Count * plan.Buckets.Count];
        var placeOf = descriptor
            .Groups.SelectMany((group, number) => group.Channels.Select((channel, place) => (channel, number, place)))
            .ToDictionary(entry => entry.channel, entry => (entry.number, entry.place));
        rowsByGroup = plan
            .Read.Channels.Select((channel, row) => (At: placeOf[channel], Row: row))
            .GroupBy(entry => entry.At.number, entry => (entry.At.place, entry.Row))
            .ToDictionary(group => group.Key, group => group.ToArray());
    }

    /// <summary>How many blocks were decoded.</summary>
    public long DecodedBlocks { get; private set; }

    /// <summary>Adds a block by the summaries that lie beside it, all of it to one bucket.</summary>
    public void AddSummaries(StoredBlock block, int bucket)
    {
        var type = descriptor.Groups[block.ChannelGroup].SampleType;
        foreach (var (place, row) in rowsByGroup[block.ChannelGroup])
        {
            Add(row, bucket, BlockSummary.Read(block.Summary.Span, type, place, block.SampleCount));
        }
    }

    /// <summary>Adds samples of a block, decoded, each to its bucket.</summary>
    /// <param name="block">With its payload.</param>
    /// <param name="part">Which samples: within the block and the window.</param>
    /// <exception cref="Errors.DendriteException">DataDamaged.</exception>
    public void AddSamples(StoredBlock block, SampleRange part)
    {
        DecodedBlocks++;
        var type = descriptor.Groups[block.ChannelGroup].SampleType;
        var rows = rowsByGroup[block.ChannelGroup];
        var samples = payloads.Decode(block, [.. rows.Select(row => row.Place)], out var channelBytes);
        var labels = rows.Select(row => descriptor.Channels[plan.Read.Channels[row.Row]].Label).ToArray();
        foreach (var (run, masks) in ChannelMasks.Split(part, ChannelMasks.Of(block, labels)))
        {
            var hidden = ChannelMasks.Hidden(masks, labels);
            for (var i = 0; i < rows.Length; i++)
            {
                if (!hidden.Contains(i))
                {
                    AddSamples(
                        rows[i].Row,
                        run,
                        type,
                        samples.AsSpan(i * channelBytes, channelBytes),
                        block.PayloadStart
                    );
                }
            }
        }
    }

    /// <summary>Adds a run of samples of one channel, each to its bucket.</summary>
    private void AddSamples(int row, SampleRange run, SampleType type, ReadOnlySpan<byte> samples, long firstSample)
    {
        for (var start = run.Start; start < run.End; )
        {
            var bucket = plan.Buckets.IndexOf(start);
            var end = Math.Min(plan.Buckets.Ends[bucket], run.End);
            var offset = (int)(start - firstSample) * type.SizeBytes();
            var length = (int)(end - start) * type.SizeBytes();
            Add(row, bucket, Summarizer.Summarize(type, samples.Slice(offset, length)));
            start = end;
        }
    }

    /// <summary>One wanted channel, in physical units.</summary>
    public V1.ChannelOverview ToContract(int row)
    {
        var channel = descriptor.Channels[plan.Read.Channels[row]];
        var overview = new V1.ChannelOverview { Channel = channel.Label };
        foreach (var cell in cells.AsSpan(row * plan.Buckets.Count, plan.Buckets.Count))
        {
            var (least, most) = (ToPhysical(channel, cell.Min), ToPhysical(channel, cell.Max));
            var isEmpty = cell.Count == 0;
            // A negative scale turns the channel upside down.
            overview.Minimums.Add(isEmpty ? double.NaN : Math.Min(least, most));
            overview.Maximums.Add(isEmpty ? double.NaN : Math.Max(least, most));
            overview.Means.Add(isEmpty ? double.NaN : ToPhysical(channel, cell.Sum / cell.Count));
            overview.Counts.Add(cell.Count);
        }

        return overview;
    }

    private void Add(int row, int bucket, in ChannelSummary summary)
    {
        ref var cell = ref cells[(row * plan.Buckets.Count) + bucket];
        cell = cell.Combine(summary);
    }

    private static double ToPhysical(SignalChannel channel, double stored) => (stored * channel.Scale) + channel.Offset;
}
