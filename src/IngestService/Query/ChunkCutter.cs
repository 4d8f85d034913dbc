using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;
using Google.Protobuf;

namespace Dendrite.IngestService.Query;

/// <summary>
/// Turns stored blocks into the chunks of a read: the wanted channels, the wanted samples, in the wanted form.
/// </summary>
internal sealed class ChunkCutter(SignalStreamDescriptor descriptor, ReadPlan plan)
{
    private readonly PayloadDecoder payloads = new();

    /// <summary>
    /// The chunks of what is visible of one block, in order; before each the gaps of those of its channels that masks
    /// hide. Holds one decoded payload of each channel group.
    /// </summary>
    /// <exception cref="Errors.DendriteException">DataDamaged: the stored block does not decode.</exception>
    public IEnumerable<V1.ReadSamplesResponse> Cut(StoredBlock stored)
    {
        var range = stored.Visible.Intersect(plan.Range);
        if (range.IsEmpty)
        {
            yield break;
        }

        var group = descriptor.Groups[stored.ChannelGroup];
        var places = plan.PlacesByGroup[stored.ChannelGroup];
        var samples = payloads.Decode(stored, places, out var channelBytes);
        var labels = places.Select(place => descriptor.Channels[group.Channels[place]].Label).ToArray();
        foreach (var (run, masks) in ChannelMasks.Split(range, ChannelMasks.Of(stored, labels)))
        {
            var hidden = ChannelMasks.Hidden(masks, labels);
            foreach (var mask in masks)
            {
                yield return new() { Gap = MaskMapper.ToGap(mask, run, descriptor, stored.ChannelGroup) };
            }

            var chunks = hidden.Count == labels.Length ? [] : CutRun(stored, run, hidden, (samples, channelBytes));
            foreach (var chunk in chunks)
            {
                yield return new() { Chunk = chunk };
            }
        }
    }

    private IEnumerable<V1.SampleChunk> CutRun(
        StoredBlock stored,
        SampleRange range,
        IReadOnlySet<int> hidden,
        (byte[] Samples, int ChannelBytes) decoded
    )
    {
        var group = descriptor.Groups[stored.ChannelGroup];
        var places = plan.PlacesByGroup[stored.ChannelGroup];
        var samplesPerChunk = Math.Max(1, plan.MaxChunkBytes / (places.Length * OutputBytes(group.SampleType)));
        for (var start = range.Start; start < range.End; start += samplesPerChunk)
        {
            var part = new SampleRange(start, Math.Min(start + samplesPerChunk, range.End));
            var data = new byte[part.Count * places.Length * OutputBytes(group.SampleType)];
            var offset = (int)(part.Start - stored.PayloadStart) * group.SampleType.SizeBytes();
            for (var i = 0; i < places.Length; i++)
            {
                var channel = descriptor.Channels[group.Channels[places[i]]];
                var input = decoded.Samples.AsSpan(i * decoded.ChannelBytes, decoded.ChannelBytes)[offset..];
                var length = (int)part.Count * OutputBytes(group.SampleType);
                var output = data.AsSpan(i * length, length);
                if (hidden.Contains(i))
                {
                    ChannelMasks.Blank(output, IsPhysical ? PhysicalType : group.SampleType);
                }
                else
                {
                    Write(channel, input, output);
                }
            }

            yield return new()
            {
                FirstSample = part.Start,
                SampleCount = (int)part.Count,
                ChannelGroup = stored.ChannelGroup,
                Data = UnsafeByteOperations.UnsafeWrap(data),
                Crc32C = Crc32C.Compute(data),
            };
        }
    }

    private bool IsPhysical => plan.Format is V1.SampleFormat.PhysicalFloat32 or V1.SampleFormat.PhysicalFloat64;

    private SampleType PhysicalType =>
        plan.Format == V1.SampleFormat.PhysicalFloat32 ? SampleType.Float32 : SampleType.Float64;

    private int OutputBytes(SampleType type) =>
        plan.Format switch
        {
            V1.SampleFormat.PhysicalFloat32 => sizeof(float),
            V1.SampleFormat.PhysicalFloat64 => sizeof(double),
            _ => type.SizeBytes(),
        };

    private void Write(SignalChannel channel, ReadOnlySpan<byte> stored, Span<byte> output)
    {
        switch (plan.Format)
        {
            case V1.SampleFormat.PhysicalFloat32:
                PhysicalSamples.WriteFloat32(channel, stored, output);
                break;
            case V1.SampleFormat.PhysicalFloat64:
                PhysicalSamples.WriteFloat64(channel, stored, output);
                break;
            default:
                stored[..output.Length].CopyTo(output);
                break;
        }
    }
}
