using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Dendrite.Storage.Signals;
using SampleRange = Dendrite.Storage.Signals.SampleRange;

namespace Dendrite.ComparisonService.Similarity;

/// <summary>What is seen of one chunk, by channel group, as digests that grow. Not thread-safe.</summary>
/// <param name="start">The chunk's first sample.</param>
/// <param name="length">Samples of a window.</param>
internal sealed class ShapeContent(long start, long length)
{
    private readonly Dictionary<int, GrowingGroup> groups = [];

    /// <summary>Takes the next block.</summary>
    /// <param name="seen">What is seen of it in the chunk.</param>
    public void Add(StoredBlock block, SampleRange seen)
    {
        if (!groups.TryGetValue(block.ChannelGroup, out var group))
        {
            groups[block.ChannelGroup] = group = new();
        }

        Append(group.Hash, block, seen);
        Append(group.Hash, block.ChannelMasks.Count);
        foreach (var mask in block.ChannelMasks)
        {
            var labels = Encoding.UTF8.GetBytes(string.Join('\0', mask.Channels));
            Append(group.Hash, mask.Range.Start, mask.Range.End, labels.Length);
            group.Hash.AppendData(labels);
        }

        for (var place = (int)((seen.Start - start) / length); start + (place * length) < seen.End; place++)
        {
            var window = new SampleRange(start + (place * length), start + ((place + 1) * length));
            group.Window(place).Add(block, seen.Intersect(window));
        }
    }

    /// <summary>By channel group, what was seen.</summary>
    public Dictionary<int, SeenGroup> Close() => groups.ToDictionary(group => group.Key, group => group.Value.Close());

    private static void Append(IncrementalHash hash, StoredBlock block, SampleRange seen)
    {
        hash.AppendData(block.SampleDigest.Span);
        Append(hash, block.FirstSample, seen.Start, seen.End);
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

    /// <summary>What is seen of one group.</summary>
    /// <param name="Digest">Of all its windows.</param>
    /// <param name="Windows">Those of which anything is seen.</param>
    public sealed record SeenGroup(byte[] Digest, IReadOnlyList<SeenWindow> Windows);

    /// <summary>What is seen of one window of a group.</summary>
    /// <param name="Hidden">Channels of which masks hide some of it.</param>
    public sealed record SeenWindow(
        int Place,
        byte[] Digest,
        IReadOnlyList<(SampleMask Mask, SampleRange Range)> Hidden
    )
    {
        /// <summary>What is seen of a channel: masks of others leave it as it is.</summary>
        public byte[] DigestOf(string label)
        {
            var hidden = Hidden.Where(one => one.Mask.Channels.Contains(label)).ToList();
            if (hidden.Count == 0)
            {
                return Digest;
            }

            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(Digest);
            hidden.ForEach(one => Append(hash, one.Range.Start, one.Range.End));
            return hash.GetHashAndReset();
        }
    }

    private sealed class GrowingGroup
    {
        private readonly SortedDictionary<int, GrowingWindow> windows = [];

        public IncrementalHash Hash { get; } = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public GrowingWindow Window(int place)
        {
            if (!windows.TryGetValue(place, out var window))
            {
                windows[place] = window = new();
            }

            return window;
        }

        public SeenGroup Close()
        {
            using (Hash)
            {
                return new(Hash.GetHashAndReset(), [.. windows.Select(window => window.Value.Close(window.Key))]);
            }
        }
    }

    private sealed class GrowingWindow
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly List<(SampleMask, SampleRange)> hidden = [];

        public void Add(StoredBlock block, SampleRange seen)
        {
            Append(hash, block, seen);
            hidden.AddRange(
                block.ChannelMasks.Select(mask => (mask, mask.Range.Intersect(seen))).Where(one => !one.Item2.IsEmpty)
            );
        }

        public SeenWindow Close(int place)
        {
            using (hash)
            {
                return new(place, hash.GetHashAndReset(), hidden);
            }
        }
    }
}
