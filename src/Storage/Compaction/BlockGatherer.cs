using System.Buffers;
using System.Security.Cryptography;
using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;

namespace Dendrite.Storage.Compaction;

/// <summary>Makes one dense block of a run of blocks, and proves that it holds their samples. Pure; reusable; not
/// thread-safe.</summary>
public sealed class BlockGatherer
{
    private readonly DenseBlockEncoder encoder = new();

    /// <summary>Gathers a run.</summary>
    /// <param name="blocks">Of one channel group, adjoining.</param>
    /// <param name="payloads">That of each.</param>
    /// <exception cref="BlockFormatException">A payload is damaged.</exception>
    /// <exception cref="SampleMismatchException">
    /// A payload holds other samples than its row says, before or after.
    /// </exception>
    public byte[] Gather(IReadOnlyList<LooseBlock> blocks, IReadOnlyList<byte[]> payloads)
    {
        var first = BlockHeader.Read(payloads[0]);
        var header = first with { SampleCount = blocks.Sum(block => block.SampleCount) };
        var planar = new byte[header.DecodedBytes];
        var offset = 0;
        for (var i = 0; i < blocks.Count; i++)
        {
            var part = Decode(payloads[i]);
            RequireSame(SHA256.HashData(part), blocks[i]);
            PlanarPart.Place(part, header.ChannelCount, planar, offset);
            offset += part.Length / header.ChannelCount;
        }

        var output = new ArrayBufferWriter<byte>();
        encoder.Encode(header.SampleType, planar, header.ChannelCount, output);
        var gathered = output.WrittenSpan.ToArray();
        var decoded = Decode(gathered);
        foreach (var block in blocks)
        {
            var start = block.FirstSample - blocks[0].FirstSample;
            RequireSame(PlanarPart.Digest(decoded, header, new(start, start + block.SampleCount)), block);
        }

        return gathered;
    }

    private static byte[] Decode(byte[] payload)
    {
        var block = SampleBlock.Open(payload);
        var samples = new byte[block.Header.DecodedBytes];
        block.Decode(samples);
        return samples;
    }

    private static void RequireSame(byte[] digest, LooseBlock block)
    {
        if (!digest.AsSpan().SequenceEqual(block.SampleDigest))
        {
            throw new SampleMismatchException(block.FirstSample, block.Version);
        }
    }
}

/// <summary>A block holds other samples than were digested when it came.</summary>
public sealed class SampleMismatchException(long firstSample, Dendrite.Versioning.CommitVersion version)
    : Exception($"The block at sample {firstSample} of version {version} holds other samples than were digested.");
