using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
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
        var size = stream.WindowsPerChunk * stream.Plan.Length;
        // Blocks come by the first sample that is seen of them: what lies before the newest one is complete.
        SortedDictionary<long, Content> open = [];
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
                open.TryAdd(at, new());
                open[at].Add(block, seen.Intersect(ChunkAt(at)));
            }
        }

        foreach (var (index, content) in open)
        {
            yield return Close(stream, ChunkAt(index), content);
        }

        SampleRange ChunkAt(long index) => new(index * size, Math.Min((index + 1) * size, whole.End));
    }

    private static ShapeChunk Close(ShapedStream stream, SampleRange range, Content content)
    {
        var descriptor = stream.Sampled.Descriptor;
        var digests = content.Close();
        List<(int, UInt128)> keys = [];
        foreach (var channel in stream.Channels)
        {
            var described = descriptor.Channels[channel];
            // Of this group nothing is to be seen here.
            if (!digests.TryGetValue(described.ChannelGroup, out var digest))
            {
                continue;
            }

            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Append(hash, Revision, stream.Plan.Length, descriptor.Rate.Samples, descriptor.Rate.Seconds);
            Append(hash, range.Start, range.End, channel, (long)described.SampleType);
            Append(hash, BitConverter.DoubleToInt64Bits(described.Scale));
            Append(hash, BitConverter.DoubleToInt64Bits(described.Offset));
            hash.AppendData(digest);
            keys.Add((channel, BinaryPrimitives.ReadUInt128BigEndian(hash.GetHashAndReset())));
        }

        return new(stream, range, keys);
    }

    private static void Append(IncrementalHash hash, params ReadOnlySpan<long> numbers)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        foreach (var number in numbers)
        {
            BinaryPrimitives.WriteInt64BigEndian(bytes, number);
            hash.AppendData(bytes);
        }
    }

    /// <summary>What is seen of one chunk, by channel group, as a digest that grows.</summary>
    private sealed class Content
    {
        private readonly Dictionary<int, IncrementalHash> groups = [];

        public void Add(StoredBlock block, SampleRange seen)
        {
            if (!groups.TryGetValue(block.ChannelGroup, out var hash))
            {
                groups[block.ChannelGroup] = hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            }

            hash.AppendData(block.SampleDigest.Span);
            Append(hash, block.FirstSample, seen.Start, seen.End, block.ChannelMasks.Count);
            foreach (var mask in block.ChannelMasks)
            {
                var labels = Encoding.UTF8.GetBytes(string.Join('\0', mask.Channels));
                Append(hash, mask.Range.Start, mask.Range.End, labels.Length);
                hash.AppendData(labels);
            }
        }

        public Dictionary<int, byte[]> Close() =>
            groups.ToDictionary(
                group => group.Key,
                group =>
                {
                    using var hash = group.Value;
                    return hash.GetHashAndReset();
                }
            );
    }
}
