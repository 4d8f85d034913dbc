using System.Runtime.CompilerServices;
using Dendrite.IngestService.Streams;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query;

/// <summary>Which samples of which stream are read.</summary>
/// <param name="Branch">What is seen.</param>
/// <param name="Groups">Which channel groups.</param>
internal sealed record PartQuery(BranchView Branch, long StreamId, IReadOnlyCollection<int> Groups, SampleRange Range);

/// <summary>A part of a stream: what is seen of a block, or a gap. One of the two.</summary>
internal readonly record struct SamplePart(StoredBlock? Block, SampleGap? Gap)
{
    /// <summary>The samples that it is about.</summary>
    public SampleRange Range => Block?.Visible ?? Gap!.Range;
}

/// <summary>Reads what a stream consists of, in the order of its samples. Thread-safe.</summary>
internal sealed class SamplePartReader(BlockStore blocks, GapStore gaps)
{
    /// <summary>Gaps fetched in one round trip.</summary>
    private const int GapPage = 1_000;

    /// <summary>
    /// Blocks as <see cref="BlockStore.ReadAllAsync"/> gives them, each after the gaps that begin before it or with it.
    /// </summary>
    public async IAsyncEnumerable<SamplePart> ReadAsync(
        PartQuery query,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await using var missing = ReadGapsAsync(query, cancellation).GetAsyncEnumerator(cancellation);
        var hasGap = await missing.MoveNextAsync();
        var (project, snapshot) = (query.Branch.Project, query.Branch.Snapshot);
        var found = blocks.ReadAllAsync(project, snapshot, query.StreamId, query.Groups, query.Range, cancellation);
        await foreach (var block in found)
        {
            for (; hasGap && missing.Current.Range.Start <= block.Visible.Start; hasGap = await missing.MoveNextAsync())
            {
                yield return new(null, missing.Current);
            }

            yield return new(block, null);
        }

        for (; hasGap; hasGap = await missing.MoveNextAsync())
        {
            yield return new(null, missing.Current);
        }
    }

    private async IAsyncEnumerable<SampleGap> ReadGapsAsync(
        PartQuery query,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        GapKey? after = null;
        while (true)
        {
            var page = await gaps.ListAsync(
                query.Branch.Project,
                query.Branch.Snapshot,
                query.StreamId,
                query.Range,
                after,
                GapPage,
                cancellation
            );
            foreach (var gap in page)
            {
                if (gap.ChannelGroup is not { } group || query.Groups.Contains(group))
                {
                    yield return gap;
                }
            }

            if (page.Count < GapPage)
            {
                yield break;
            }

            after = new(page[^1].Range.Start, page[^1].ChannelGroup);
        }
    }
}
