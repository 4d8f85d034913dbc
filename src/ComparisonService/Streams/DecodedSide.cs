using Dendrite.Signals.Blocks;
using Dendrite.Storage;
using Dendrite.Storage.Signals;

namespace Dendrite.ComparisonService.Streams;

/// <summary>
/// What one side shows of a pair of groups in a range, block by block, decoded. Payloads of gathered blocks are fetched
/// and decoded once. For one reader at a time.
/// </summary>
internal sealed class DecodedSide(BlockStore blocks, ProjectId project, StreamSide side, GroupSide group)
{
    private readonly PayloadDecoder decoder = new();
    private byte[]? last;

    /// <summary>Bytes of payloads that were fetched so far.</summary>
    public long ReadBytes { get; private set; }

    /// <summary>Runs that are shown, by first sample, with the decoded samples around them.</summary>
    /// <exception cref="Errors.DendriteException">DATA_DAMAGED.</exception>
    public async IAsyncEnumerable<DecodedRun> ReadAsync(
        SampleRange range,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var parts = blocks.ReadAllAsync(
            project,
            side.Snapshot,
            side.Stream.StreamId,
            [group.Index],
            range,
            cancellation
        );
        await foreach (var part in parts)
        {
            if (!ReferenceEquals(part.Payload, last))
            {
                ReadBytes += part.Payload.Length;
                last = part.Payload;
            }

            foreach (var run in SeenRun.Of(part, group))
            {
                var shown = run.Range.Intersect(range);
                if (!shown.IsEmpty)
                {
                    var samples = decoder.Decode(part, group.Places, out var channelBytes);
                    yield return new(shown, run.Hidden, samples, channelBytes, part.PayloadStart);
                }
            }
        }
    }
}

/// <summary>A run of samples that a side shows.</summary>
/// <param name="Range">Which samples.</param>
/// <param name="Hidden">Places of the channels that masks hide in it.</param>
/// <param name="Samples">Planar, of the compared channels, of the whole payload.</param>
/// <param name="ChannelBytes">Of one channel in <paramref name="Samples"/>.</param>
/// <param name="PayloadStart">Index of the first sample in <paramref name="Samples"/>.</param>
internal sealed record DecodedRun(
    SampleRange Range,
    IReadOnlySet<int> Hidden,
    byte[] Samples,
    int ChannelBytes,
    long PayloadStart
)
{
    /// <summary>The samples of one channel in a part of the run, little-endian.</summary>
    public ReadOnlySpan<byte> Cut(int place, SampleRange part, SampleType type)
    {
        var size = type.SizeBytes();
        return Samples.AsSpan(
            (place * ChannelBytes) + ((int)(part.Start - PayloadStart) * size),
            (int)part.Count * size
        );
    }
}
