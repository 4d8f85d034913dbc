using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Dendrite.ComparisonService.Sampling;
using Dendrite.Storage.Signals;
using SampleRange = Dendrite.Storage.Signals.SampleRange;

namespace Dendrite.ComparisonService.Similarity;

/// <summary>
/// Says what the windows of a stream are made of, without reading a sample: by digests of blocks, what of them is seen,
/// and masks. Branches that show the same samples get the same keys. Thread-safe.
/// </summary>
internal sealed class ShapeChunks(BlockStore blocks)
{
    /// <summary>Changes whenever the same samples would get another shape: what was kept counts no more.</summary>
    private const int Revision = 1;

    /// <summary>
    /// The chunks that show anything at all, in the order of samples. One round trip for each 256 blocks; digests come
    /// from the index of blocks, payloads stay where they are.
    /// </summary>
    public async IAsyncEnumerable<ShapeChunk> ListAsync(
        ShapedStream stream,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var sampled = stream.Sampled;
        var groups = SampledGroup.Of(sampled.Descriptor, stream.Channels).Keys;
        var size = stream.WindowsPerChunk * stream.WindowLength;
        // Blocks come by the first sample that is seen of them: what lies before the newest one is complete.
        SortedDictionary<long, ShapeContent> open = [];
        var (id, whole) = (sampled.Stream.StreamId, stream.Whole);
        await foreach (
            var block in blocks.ReadDigestsAsync(sampled.Project, sampled.Snapshot, id, groups, whole, cancellation)
        )
        {
            while (open.Count > 0 && open.First() is var (index, content) && (index + 1) * size <= block.Visible.Start)
            {
                open.Remove(index);
                yield return Close(stream, ChunkAt(index), content);
            }

            var seen = block.HiddenBy is null ? block.Visible.Intersect(whole) : default;
            for (var at = seen.Start / size; at * size < seen.End; at++)
            {
                open.TryAdd(at, new(at * size, stream.WindowLength));
                open[at].Add(block, seen.Intersect(ChunkAt(at)));
            }
        }

        foreach (var (index, content) in open)
        {
            yield return Close(stream, ChunkAt(index), content);
        }

        SampleRange ChunkAt(long index) => new(index * size, Math.Min((index + 1) * size, whole.End));
    }

    private static ShapeChunk Close(ShapedStream stream, SampleRange range, ShapeContent content)
    {
        var seen = content.Close();
        List<ChannelRun> runs = [];
        foreach (var channel in stream.Channels)
        {
            var described = stream.Sampled.Descriptor.Channels[channel];
            // Of this group nothing is to be seen here.
            if (!seen.TryGetValue(described.ChannelGroup, out var group))
            {
                continue;
            }

            var windows = group.Windows.Select(window =>
            {
                var start = range.Start + (window.Place * stream.WindowLength);
                var place = new SampleRange(start, start + stream.WindowLength);
                return (window.Place, KeyOf(stream, channel, place, window.DigestOf(described.Label)));
            });
            runs.Add(new(channel, KeyOf(stream, channel, range, group.Digest), [.. windows]));
        }

        return new(stream, range, runs);
    }

    /// <summary>What a channel shows in a range: how it is measured there, and a digest of what is seen.</summary>
    private static UInt128 KeyOf(ShapedStream stream, int channel, SampleRange range, ReadOnlySpan<byte> digest)
    {
        var described = stream.Sampled.Descriptor.Channels[channel];
        var rate = stream.Sampled.Descriptor.Rate;
        ReadOnlySpan<long> numbers =
        [
            Revision,
            stream.WindowLength,
            rate.Samples,
            rate.Seconds,
            range.Start,
            range.End,
            channel,
            (long)described.SampleType,
            BitConverter.DoubleToInt64Bits(described.Scale),
            BitConverter.DoubleToInt64Bits(described.Offset),
        ];
        Span<byte> content = stackalloc byte[(10 * sizeof(long)) + SHA256.HashSizeInBytes];
        for (var i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(content[(i * sizeof(long))..], numbers[i]);
        }

        digest.CopyTo(content[(numbers.Length * sizeof(long))..]);
        Span<byte> key = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, key);
        return BinaryPrimitives.ReadUInt128BigEndian(key);
    }
}
