using System.Runtime.CompilerServices;
using Dendrite.IngestService.Streams;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query;

/// <summary>Reads samples as messages, one page of blocks at a time, whatever the length of the window.</summary>
internal sealed class SampleReader(BlockStore blocks, GapStore gaps)
{
    /// <summary>Gaps fetched in one round trip.</summary>
    private const int GapPage = 1_000;

    public async IAsyncEnumerable<V1.ReadSamplesResponse> ReadAsync(
        BranchView branch,
        SignalStream stream,
        ReadPlan plan,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        yield return new() { Header = ToHeader(branch, stream, plan) };
        if (plan.Range.IsEmpty)
        {
            yield break;
        }

        var (chunks, wholes) = (new ChunkCutter(stream.Descriptor, plan), new BlockCutter(stream.Descriptor));
        var masked = new MaskedRuns(stream.Descriptor, plan);
        await using var missing = ReadGapsAsync(branch, stream, plan, cancellation).GetAsyncEnumerator(cancellation);
        var hasGap = await missing.MoveNextAsync();
        var groups = plan.PlacesByGroup.Keys.ToArray();
        var (project, snapshot) = (branch.Project, branch.Snapshot);
        var parts = blocks.ReadAllAsync(project, snapshot, stream.StreamId, groups, plan.Range, cancellation);
        await foreach (var part in parts)
        {
            for (; hasGap && missing.Current.Range.Start <= part.Visible.Start; hasGap = await missing.MoveNextAsync())
            {
                yield return new() { Gap = TimeMapper.ToContract(missing.Current) };
            }

            var responses =
                part.HiddenBy is not null ? masked.Add(part)
                : plan.Format == V1.SampleFormat.Blocks ? masked.TakeAll().Concat(wholes.Cut(part))
                : masked.TakeAll().Concat(chunks.Cut(part));
            foreach (var response in responses)
            {
                yield return response;
            }
        }

        foreach (var response in masked.TakeAll())
        {
            yield return response;
        }

        for (; hasGap; hasGap = await missing.MoveNextAsync())
        {
            yield return new() { Gap = TimeMapper.ToContract(missing.Current) };
        }
    }

    private async IAsyncEnumerable<SampleGap> ReadGapsAsync(
        BranchView branch,
        SignalStream stream,
        ReadPlan plan,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        GapKey? after = null;
        while (true)
        {
            var (project, snapshot) = (branch.Project, branch.Snapshot);
            var page = await gaps.ListAsync(
                project,
                snapshot,
                stream.StreamId,
                plan.Range,
                after,
                GapPage,
                cancellation
            );
            foreach (
                var gap in page.Where(gap =>
                    gap.ChannelGroup is null || plan.PlacesByGroup.ContainsKey(gap.ChannelGroup.Value)
                )
            )
            {
                yield return gap with
                {
                    Range = gap.Range.Intersect(plan.Range),
                };
            }

            if (page.Count < GapPage)
            {
                yield break;
            }

            after = new(page[^1].Range.Start, page[^1].ChannelGroup);
        }
    }

    private static V1.SampleHeader ToHeader(BranchView branch, SignalStream stream, ReadPlan plan)
    {
        var header = new V1.SampleHeader
        {
            Version = branch.Version.Value,
            Range = new() { StartSample = plan.Range.Start, EndSample = plan.Range.End },
            Format = plan.Format,
            NominalRate = StreamMapper.ToContract(stream.Descriptor.Rate),
        };
        header.Channels.AddRange(
            plan.Channels.Select(index => StreamMapper.ToContract(stream.Descriptor.Channels[index]))
        );
        if (!plan.Range.IsEmpty)
        {
            header.FirstSampleTime = StreamMapper.InstantOf(stream.Descriptor, plan.Range.Start);
        }

        return header;
    }
}
