using System.Buffers;
using Dendrite.IngestService.Streams;
using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Query;

/// <summary>
/// Stored blocks as they are sent: as they came, unless a mask hides some of them, or they were gathered with others,
/// which may be of later versions that this reader must not see.
/// </summary>
internal sealed class BlockCutter(SignalStreamDescriptor descriptor)
{
    private readonly PayloadDecoder payloads = new();

    /// <exception cref="Errors.DendriteException">DataDamaged: a block that has to be cut does not decode.</exception>
    public IEnumerable<V1.ReadSamplesResponse> Cut(StoredBlock stored)
    {
        var group = descriptor.Groups[stored.ChannelGroup];
        var labels = group.Channels.Select(channel => descriptor.Channels[channel].Label).ToArray();
        var masks = ChannelMasks.Of(stored, labels);
        return stored.Visible == stored.Range && masks.Length == 0 && !stored.SharesPayload
            ? [new() { Block = ToContract(stored, stored.Range, stored.Payload) }]
            : CutVisible(stored, labels, masks);
    }

    /// <summary>Each run of what is seen is encoded anew: what is hidden does not leave the service.</summary>
    private IEnumerable<V1.ReadSamplesResponse> CutVisible(StoredBlock stored, string[] labels, SampleMask[] hiding)
    {
        var group = descriptor.Groups[stored.ChannelGroup];
        var places = Enumerable.Range(0, labels.Length).ToArray();
        var samples = payloads.Decode(stored, places, out var channelBytes);
        var size = group.SampleType.SizeBytes();
        foreach (var (run, masks) in ChannelMasks.Split(stored.Visible, hiding))
        {
            var hidden = ChannelMasks.Hidden(masks, labels);
            foreach (var mask in masks)
            {
                yield return new() { Gap = MaskMapper.ToGap(mask, run, descriptor, stored.ChannelGroup) };
            }

            if (hidden.Count == labels.Length)
            {
                continue;
            }

            var planar = new byte[run.Count * labels.Length * size];
            for (var place = 0; place < labels.Length; place++)
            {
                var output = planar.AsSpan((int)run.Count * size * place, (int)run.Count * size);
                var first = (channelBytes * place) + ((int)(run.Start - stored.PayloadStart) * size);
                samples.AsSpan(first, output.Length).CopyTo(output);
                if (hidden.Contains(place))
                {
                    ChannelMasks.Blank(output, group.SampleType);
                }
            }

            var encoded = new ArrayBufferWriter<byte>();
            BlockEncoder.Encode(group.SampleType, planar, labels.Length, encoded);
            yield return new() { Block = ToContract(stored, run, encoded.WrittenSpan.ToArray()) };
        }
    }

    private static V1.SampleBlock ToContract(StoredBlock stored, SampleRange range, byte[] payload) =>
        new()
        {
            FirstSample = range.Start,
            SampleCount = (int)range.Count,
            ChannelGroup = stored.ChannelGroup,
            Encoding = V1.BlockEncoding.DendriteV1,
            Payload = UnsafeByteOperations.UnsafeWrap(payload),
            Crc32C = Crc32C.Compute(payload),
            Metadata = stored.MetadataJson is null ? null : Json.Parse<Struct>(stored.MetadataJson),
        };
}
