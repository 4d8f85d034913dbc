using System.Buffers;
using System.Security.Cryptography;
using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Append;

/// <summary>
/// The check at the door: a block is taken only if every sample of it can be had again. Encoded blocks are decoded
/// whole and stored as they came; raw ones are encoded here. Thread-safe.
/// </summary>
internal sealed class BlockVerifier(IngestOptions options)
{
    /// <summary>
    /// What a block may decode to: silence encodes to almost nothing and must not take the memory of others.
    /// </summary>
    private const int MaxDecodedBytes = 16 << 20;

    private const int MaxMetadataBytes = 4 << 10;

    /// <param name="block">As it came.</param>
    /// <param name="groups">The stream's channel groups.</param>
    /// <param name="field">The proto path of the block, for errors.</param>
    /// <exception cref="DendriteException">
    /// InvalidArgument, SamplesOutOfRange, ChecksumMismatch, ChannelCountMismatch, MalformedBlock.
    /// </exception>
    public NewBlock Verify(V1.SampleBlock block, IReadOnlyList<ChannelGroup> groups, string field)
    {
        CheckFields(block, groups, field);
        var group = groups[block.ChannelGroup];
        try
        {
            var payload = block.Encoding switch
            {
                V1.BlockEncoding.Raw => Encode(block, group, field),
                V1.BlockEncoding.DendriteV1 => block.Payload.Memory,
                _ => throw DendriteException.Invalid(
                    $"{field}.encoding",
                    "is not RAW or DENDRITE_V1; say how the payload is laid down"
                ),
            };
            return Decode(block, group, payload, field);
        }
        catch (BlockFormatException damage)
        {
            throw new DendriteException(ErrorReason.MalformedBlock, $"{field}.payload: {damage.Message}", damage);
        }
    }

    private void CheckFields(V1.SampleBlock block, IReadOnlyList<ChannelGroup> groups, string field)
    {
        if (block.ChannelGroup < 0 || block.ChannelGroup >= groups.Count)
        {
            throw DendriteException.Invalid(
                $"{field}.channel_group",
                $"{block.ChannelGroup} is not a group of the stream, which has {groups.Count}, counted from 0"
            );
        }

        if (block.SampleCount < 1)
        {
            throw DendriteException.Invalid($"{field}.sample_count", $"{block.SampleCount} is less than 1");
        }

        if (block.SampleCount > BlockHeader.MaxSamples)
        {
            throw DendriteException.Invalid(
                $"{field}.sample_count",
                $"{block.SampleCount} is more than {BlockHeader.MaxSamples}. Send smaller blocks"
            );
        }

        if (block.FirstSample < 0 || block.FirstSample > TimeMapper.MaxSample - block.SampleCount)
        {
            throw OutOfRange(field, block);
        }

        if (block.Payload.Length > options.MaxBlockBytes)
        {
            throw DendriteException.Invalid(
                $"{field}.payload",
                $"has {block.Payload.Length} bytes; the limit is {options.MaxBlockBytes} (max_block_bytes). Send "
                    + "smaller blocks"
            );
        }

        var checksum = Crc32C.Compute(block.Payload.Span);
        if (checksum != block.Crc32C)
        {
            throw new DendriteException(
                ErrorReason.ChecksumMismatch,
                $"{field}.crc32c: the block at sample {block.FirstSample} says {block.Crc32C:x8} and its "
                    + $"{block.Payload.Length} "
                    + $"bytes have {checksum:x8}: damaged on the way, send it again."
            );
        }

        if (block.Metadata is { } metadata)
        {
            JsonFields.Read(metadata, $"{field}.metadata", MaxMetadataBytes);
        }
    }

    private static ReadOnlyMemory<byte> Encode(V1.SampleBlock block, ChannelGroup group, string field)
    {
        var expected = (long)block.SampleCount * group.Channels.Count * group.SampleType.SizeBytes();
        if (block.Payload.Length != expected)
        {
            throw new DendriteException(
                ErrorReason.ChannelCountMismatch,
                $"{field}.payload: {block.SampleCount} samples of {group.Channels.Count} channels of "
                    + $"{group.SampleType} are "
                    + $"{expected} bytes; these are {block.Payload.Length}. Send every channel of the group, "
                    + "without padding."
            );
        }

        var encoded = new ArrayBufferWriter<byte>();
        BlockEncoder.Encode(group.SampleType, block.Payload.Span, group.Channels.Count, encoded);
        return encoded.WrittenMemory;
    }

    private static NewBlock Decode(V1.SampleBlock block, ChannelGroup group, ReadOnlyMemory<byte> payload, string field)
    {
        var opened = SampleBlock.Open(payload.Span);
        CheckShape(opened.Header, block, group, field);
        var summaries = new ChannelSummary[group.Channels.Count];
        var rented = ArrayPool<byte>.Shared.Rent(opened.Header.DecodedBytes);
        try
        {
            var samples = rented.AsSpan(0, opened.Header.DecodedBytes);
            opened.Decode(samples);
            var channelBytes = opened.Header.ChannelBytes;
            for (var channel = 0; channel < summaries.Length; channel++)
            {
                summaries[channel] = Summarizer.Summarize(
                    group.SampleType,
                    samples.Slice(channel * channelBytes, channelBytes)
                );
            }

            var summary = BlockSummary.Write(group.SampleType, summaries);
            var digest = SHA256.HashData(samples);
            return new(block.ChannelGroup, block.FirstSample, opened.Header, payload, digest, summary)
            {
                MetadataJson = block.Metadata is null ? null : Json.Format(block.Metadata),
            };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static void CheckShape(in BlockHeader header, V1.SampleBlock block, ChannelGroup group, string field)
    {
        if (header.ChannelCount != group.Channels.Count || header.SampleCount != block.SampleCount)
        {
            throw new DendriteException(
                ErrorReason.ChannelCountMismatch,
                $"{field}.payload: holds {header.SampleCount} samples of {header.ChannelCount} channels; the block "
                    + "says "
                    + $"{block.SampleCount}, and its group has {group.Channels.Count} channels."
            );
        }

        if (header.SampleType != group.SampleType)
        {
            throw DendriteException.Invalid(
                $"{field}.payload",
                $"holds {header.SampleType}; the channels of group {block.ChannelGroup} are {group.SampleType}"
            );
        }

        if (header.DecodedBytes > MaxDecodedBytes)
        {
            throw DendriteException.Invalid(
                $"{field}.payload",
                $"decodes to {header.DecodedBytes} bytes; the limit is {MaxDecodedBytes}. Send smaller blocks"
            );
        }
    }

    private static DendriteException OutOfRange(string field, V1.SampleBlock block) =>
        new(
            ErrorReason.SamplesOutOfRange,
            $"{field}.first_sample: samples {block.FirstSample} to {block.FirstSample + (Int128)block.SampleCount} "
                + "are not "
                + $"within 0 and {TimeMapper.MaxSample}; samples are counted from 0 at the start of the stream."
        );
}
