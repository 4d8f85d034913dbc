using System.Buffers;
using Dendrite.Errors;
using Dendrite.Signals.Blocks;
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
            var common = range.Intersect(other.Range);
            if (!AreSame(block, other, common))
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
    ) => blocks.ReadAsync(opened.Project, opened.SeenNow(), opened.Stream.StreamId, [group], range, cancellation);

    private static bool AreSame(NewBlock block, StoredBlock stored, SampleRange common)
    {
        var sampleBytes = block.Header.SampleType.SizeBytes();
        var given = Decode(block.Payload.Span, out var givenBytes);
        var kept = Decode(stored.Payload, out var keptBytes);
        try
        {
            for (var channel = 0; channel < block.Header.ChannelCount; channel++)
            {
                var mine = Slice(given, channel * givenBytes, common.Start - block.FirstSample);
                var theirs = Slice(kept, channel * keptBytes, common.Start - stored.FirstSample);
                if (!mine.SequenceEqual(theirs))
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(given);
            ArrayPool<byte>.Shared.Return(kept);
        }

        ReadOnlySpan<byte> Slice(byte[] samples, int channelStart, long sample) =>
            samples.AsSpan(channelStart + (int)(sample * sampleBytes), (int)(common.Count * sampleBytes));
    }

    private static byte[] Decode(ReadOnlySpan<byte> payload, out int channelBytes)
    {
        var opened = SampleBlock.Open(payload);
        channelBytes = opened.Header.ChannelBytes;
        var samples = ArrayPool<byte>.Shared.Rent(opened.Header.DecodedBytes);
        opened.Decode(samples.AsSpan(0, opened.Header.DecodedBytes));
        return samples;
    }

    private static DendriteException Contradiction(OpenedStream opened, SampleRange range, string what) =>
        new(
            ErrorReason.BlockContradiction,
            $"{opened.Name}: samples {range.Start} to {range.End} were sent before, and {what}. Stored samples are "
                + "never "
                + "overwritten: go on from the sample that open says, or append to another stream."
        );
}
