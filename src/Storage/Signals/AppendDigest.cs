using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Dendrite.Storage.Records;

namespace Dendrite.Storage.Signals;

/// <summary>
/// What a commit's digest says about appended signals. It covers the digests of the samples and not the bytes that
/// encode them, so the commit's hash still holds after blocks are gathered and encoded more densely.
/// </summary>
internal static class AppendDigest
{
    /// <summary>
    /// SHA-256 over the appends by stream, each list led by its length and sorted as the rows are stored, whatever the
    /// order in which they came: so it can be computed again from the rows. Integers are little-endian.
    /// </summary>
    public static byte[] Compute(IReadOnlyList<StreamAppend> appends)
    {
        using var hash = new DigestWriter();
        hash.Add("dendrite append 1");
        foreach (var append in appends.OrderBy(append => append.StreamId))
        {
            hash.Add(append.StreamId, append.Finish ? 1 : 0);
            AddBlocks(hash, append.Blocks);
            AddGaps(hash, append.Gaps);
            AddAnchors(hash, append.Anchors);
            AddAnnotations(hash, append.Annotations);
        }

        return hash.Complete();
    }

    private static void AddBlocks(DigestWriter hash, IReadOnlyList<NewBlock> blocks)
    {
        hash.Add(blocks.Count);
        foreach (var block in blocks.OrderBy(block => (block.FirstSample, block.ChannelGroup)))
        {
            hash.Add(block.ChannelGroup, block.FirstSample, block.Header.SampleCount);
            hash.Add(block.SampleDigest);
        }
    }

    private static void AddGaps(DigestWriter hash, IReadOnlyList<SampleGap> gaps)
    {
        hash.Add(gaps.Count);
        foreach (var gap in gaps.OrderBy(gap => (gap.Range.Start, gap.ChannelGroup ?? -1)))
        {
            hash.Add(gap.Range.Start, gap.Range.End, gap.ChannelGroup ?? -1, (long)gap.Cause);
            hash.Add(gap.Note);
        }
    }

    private static void AddAnchors(DigestWriter hash, IReadOnlyList<StreamTimeAnchor> anchors)
    {
        var stored = anchors.Stored().OrderBy(anchor => anchor.Sample).ToList();
        hash.Add(stored.Count);
        foreach (var anchor in stored)
        {
            hash.Add(anchor.Sample, anchor.InstantNs);
            hash.Add(anchor.DeviceSeconds);
            hash.Add(anchor.ClockOffsetSeconds);
            hash.Add(anchor.UncertaintySeconds);
        }
    }

    private static void AddAnnotations(DigestWriter hash, IReadOnlyList<StreamAnnotation> annotations)
    {
        var stored = annotations.Stored().OrderBy(annotation => annotation.Id).ToList();
        hash.Add(stored.Count);
        foreach (var annotation in stored)
        {
            hash.Add(annotation.Id.ToByteArray(bigEndian: true));
            hash.Add(annotation.StartSample, annotation.Deleted ? 1 : 0);
            hash.Add(annotation.OnsetNs);
            hash.Add(annotation.DurationNs);
            hash.Add(annotation.Text);
            hash.Add(annotation.Category);
            hash.Add(CanonicalJson.Of(annotation.MetadataJson));
            hash.Add(annotation.Channels.Count);
            foreach (var channel in annotation.Channels)
            {
                hash.Add(channel);
            }
        }
    }

    /// <summary>
    /// Feeds typed values to SHA-256; strings and bytes are led by their length, so no two inputs run together.
    /// </summary>
    private sealed class DigestWriter : IDisposable
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public void Add(params ReadOnlySpan<long> values)
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            foreach (var value in values)
            {
                BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
                hash.AppendData(bytes);
            }
        }

        /// <summary>Presence, then the value where there is one.</summary>
        public void Add(long? value) => Add(value is null ? [0] : [1, value.Value]);

        public void Add(double? value) => Add(value is null ? null : BitConverter.DoubleToInt64Bits(value.Value));

        public void Add(string text) => Add(Encoding.UTF8.GetBytes(text));

        public void Add(ReadOnlySpan<byte> bytes)
        {
            Add((long)bytes.Length);
            hash.AppendData(bytes);
        }

        public byte[] Complete() => hash.GetHashAndReset();

        public void Dispose() => hash.Dispose();
    }
}
