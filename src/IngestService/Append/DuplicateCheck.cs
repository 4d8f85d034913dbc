using Dendrite.Errors;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Append;

/// <summary>
/// Compares what a writer sends again with what is stored. It compares samples, not bytes: after a restart a gateway
/// may cut its blocks elsewhere, and a compactor may have encoded them anew.
/// </summary>
internal sealed class DuplicateCheck(BlockStore blocks, GapStore gaps)
{
    /// <summary>The lists of gaps that a resent gap can be found in; a gap is one row, so one page is enough.</summary>
    private const int GapPage = 100;

    /// <exception cref="DendriteException">BlockContradiction.</exception>
    public async Task RequireSameAsync(OpenedStream opened, NewBlock block, CancellationToken cancellation)
    {
        var range = new SampleRange(block.FirstSample, block.EndSample);
        var compared = 0L;
        var stored = ReadStoredAsync(opened, block.ChannelGroup, range, cancellation);
        await foreach (var other in stored)
        {
            var common = range.Intersect(other.Visible);
            if (!SampleComparison.AreSame(block.Payload.Span, block.FirstSample, other, common))
            {
                throw Contradiction(opened, common, "other samples are stored there (version " + other.Version + ")");
            }

            compared += common.Count;
        }

        if (compared != range.Count)
        {
            throw Contradiction(opened, range, "a gap was declared in it");
        }
    }

    /// <exception cref="DendriteException">BlockContradiction.</exception>
    public async Task RequireSameAsync(OpenedStream opened, SampleGap gap, CancellationToken cancellation)
    {
        var seen = opened.SeenNow();
        var stream = opened.Stream.StreamId;
        var stored = await gaps.ListAsync(opened.Project, seen, stream, gap.Range, after: null, GapPage, cancellation);
        if (!stored.Any(other => other.Range == gap.Range && other.ChannelGroup == gap.ChannelGroup))
        {
            throw Contradiction(opened, gap.Range, "it is not stored as a gap");
        }
    }

    private IAsyncEnumerable<StoredBlock> ReadStoredAsync(
        OpenedStream opened,
        int group,
        SampleRange range,
        CancellationToken cancellation
    )
    {
        // Also what a mask hides: it was sent and stored, and is the same.
        var stream = opened.Stream.StreamId;
        return blocks.ReadStoredAsync(opened.Project, opened.SeenNow(), stream, [group], range, cancellation);
    }

    private static DendriteException Contradiction(OpenedStream opened, SampleRange range, string what) =>
        new(
            ErrorReason.BlockContradiction,
            $"{opened.Name}: samples {range.Start} to {range.End} were sent before, and {what}. Stored samples are "
                + "never "
                + "overwritten: go on from the sample that open says, or append to another stream."
        );
}
