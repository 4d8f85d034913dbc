using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query;

/// <summary>What a read of samples gives, worked out before the first byte of it is fetched.</summary>
/// <param name="Range">The window, within the stream.</param>
/// <param name="Channels">Indexes into the stream's channels, in the order wanted.</param>
/// <param name="MaxChunkBytes">The largest data of one chunk.</param>
internal sealed record ReadPlan(
    SampleRange Range,
    IReadOnlyList<int> Channels,
    V1.SampleFormat Format,
    int MaxChunkBytes
)
{
    private const int DefaultChunkBytes = 1 << 20;
    private const int LargestChunkBytes = 3 << 20;

    /// <summary>
    /// The groups that hold any of the channels, each with the places of its wanted channels within its blocks.
    /// </summary>
    public IReadOnlyDictionary<int, int[]> PlacesByGroup { get; private init; } = new Dictionary<int, int[]>();

    /// <param name="request">What is asked for.</param>
    /// <param name="stream">Where.</param>
    /// <param name="inTime">Samples of a window of time, as <see cref="StreamTimes"/> finds them; else null.</param>
    /// <exception cref="DendriteException">
    /// SamplesOutOfRange, ChannelNotFound, InvalidArgument: among others, of a channel that is asked for twice.
    /// </exception>
    public static ReadPlan Of(V1.ReadSamplesRequest request, SignalStream stream, SampleRange? inTime = null)
    {
        if (request.MaxChunkBytes < 0)
        {
            throw DendriteException.Invalid("max_chunk_bytes", $"{request.MaxChunkBytes} is negative; 0 means 1 MiB");
        }

        var channels = FindChannels(request.Channels, stream.Descriptor);
        var chunkBytes =
            request.MaxChunkBytes == 0 ? DefaultChunkBytes : Math.Min(request.MaxChunkBytes, LargestChunkBytes);
        return new(FindRange(request, stream, inTime), channels, ReadFormat(request.Format), chunkBytes)
        {
            PlacesByGroup = FindPlaces(channels, stream.Descriptor),
        };
    }

    private static SampleRange FindRange(V1.ReadSamplesRequest request, SignalStream stream, SampleRange? inTime)
    {
        var end = stream.Progress.NextSample;
        switch (request.WindowCase)
        {
            case V1.ReadSamplesRequest.WindowOneofCase.Samples:
                var (from, to) = (request.Samples.StartSample, request.Samples.EndSample);
                return from >= 0 && from <= to && to <= end
                    ? new(from, to)
                    : throw Refused(
                        ErrorReason.SamplesOutOfRange,
                        "samples",
                        $"{from} to {to} is not a range within 0 to {end}, which is what the stream has there"
                    );
            case V1.ReadSamplesRequest.WindowOneofCase.Time:
                return inTime!.Value;
            default:
                return new(0, end);
        }
    }

    private static int[] FindChannels(IReadOnlyList<string> labels, SignalStreamDescriptor descriptor)
    {
        if (labels.Count == 0)
        {
            return Enumerable.Range(0, descriptor.Channels.Count).ToArray();
        }

        var byLabel = descriptor
            .Channels.Select((channel, index) => (channel.Label, index))
            .ToDictionary(entry => entry.Label, entry => entry.index, StringComparer.Ordinal);
        var isTaken = new bool[descriptor.Channels.Count];
        var channels = new int[labels.Count];
        for (var i = 0; i < labels.Count; i++)
        {
            var index = byLabel.TryGetValue(labels[i], out var found) ? found : throw NoChannel(labels[i], i);
            if (isTaken[index])
            {
                // What a read costs is bounded by the stream's channels, and not by what the request names.
                throw DendriteException.Invalid($"channels[{i}]", $"names {labels[i]} again; name each channel once");
            }

            isTaken[index] = true;
            channels[i] = index;
        }

        return channels;

        DendriteException NoChannel(string label, int index) =>
            ChannelErrors.NoSuch(
                $"channels[{index}]",
                label,
                descriptor.Name,
                [.. descriptor.Channels.Select(channel => channel.Label)]
            );
    }

    private static DendriteException Refused(ErrorReason reason, string field, string problem) =>
        new(reason, $"{field}: {problem}.") { FieldViolations = [new(field, problem)] };

    private static Dictionary<int, int[]> FindPlaces(int[] channels, SignalStreamDescriptor descriptor)
    {
        var places = descriptor
            .Groups.SelectMany((group, number) => group.Channels.Select((channel, place) => (channel, number, place)))
            .ToDictionary(entry => entry.channel, entry => (entry.number, entry.place));
        return channels
            .Select(channel => places[channel])
            .GroupBy(entry => entry.number, entry => entry.place)
            .ToDictionary(group => group.Key, group => group.ToArray());
    }

    private static V1.SampleFormat ReadFormat(V1.SampleFormat format) =>
        format switch
        {
            V1.SampleFormat.Unspecified => V1.SampleFormat.Stored,
            V1.SampleFormat.Stored
            or V1.SampleFormat.PhysicalFloat32
            or V1.SampleFormat.PhysicalFloat64
            or V1.SampleFormat.Blocks => format,
            _ => throw DendriteException.Invalid("format", $"{(int)format} is not a format"),
        };
}
