using Dendrite.Contracts.Names;
using Dendrite.Storage.Signals;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Streams;

/// <summary>
/// Turns a stored stream into the contract's. Its end time is that of the nominal rate: who answers a read puts that
/// of the anchors in its place, <see cref="Query.StreamTimes.EndOfAsync"/>.
/// </summary>
internal static class StreamMapper
{
    public static V1.SignalStream ToContract(SignalStream stream, BranchName branch)
    {
        var descriptor = stream.Descriptor;
        var progress = stream.Progress;
        var mapped = new V1.SignalStream
        {
            Name = new StreamName(branch.Project, branch.Branch, descriptor.Name).ToString(),
            Uid = stream.Uid.ToString(),
            DisplayName = descriptor.DisplayName,
            Device = Json.Parse<V1.Device>(descriptor.DeviceJson),
            NominalRate = ToContract(descriptor.Rate),
            StartTime = Instants.ToTimestamp(descriptor.StartTimeNs),
            Metadata = Json.Parse<Struct>(descriptor.MetadataJson),
            State = stream.Finished ? V1.StreamState.Finished : V1.StreamState.Open,
            EndSample = progress.NextSample,
            MissingSampleCount = progress.MissingSamples,
            StoredBytes = progress.StoredBytes,
            LastVersion = progress.LastVersion.Value,
            CreateTime = Timestamp.FromDateTimeOffset(stream.CreateTime),
            UpdateTime = Timestamp.FromDateTimeOffset(stream.UpdateTime),
            Etag = EtagOf(stream),
        };
        mapped.Channels.AddRange(descriptor.Channels.Select(ToContract));
        mapped.Labels.Add(Json.ParseLabels(descriptor.LabelsJson));
        mapped.SourceSha256 = mapped.Labels.GetValueOrDefault(SignalStreamDescriptor.SourceLabel, "");
        if (progress.NextSample > 0)
        {
            mapped.EndTime = InstantOf(descriptor, progress.NextSample);
        }

        if (descriptor.ExpectedSampleCount is { } expected)
        {
            mapped.ExpectedSampleCount = expected;
        }

        return mapped;
    }

    /// <summary>Changes with the descriptor, and is of no other stream of that name.</summary>
    public static string EtagOf(SignalStream stream) => $"{stream.StreamId:x}-{stream.Version.Value:x}";

    public static V1.SignalChannel ToContract(SignalChannel channel)
    {
        var mapped = new V1.SignalChannel
        {
            Label = channel.Label,
            Unit = channel.Unit,
            SampleType = channel.SampleType.ToContract(),
            Scale = channel.Scale,
            Offset = channel.Offset,
            Transducer = channel.Transducer,
            Prefilter = channel.Prefilter,
            Modality = channel.Modality,
            ChannelGroup = channel.ChannelGroup,
            Location = channel.Location,
        };
        mapped.Labels.Add(new Dictionary<string, string>(channel.Labels, StringComparer.Ordinal));
        SetBounds(mapped, channel);
        return mapped;
    }

    public static V1.SampleRate ToContract(StreamRate rate) => new() { Samples = rate.Samples, Seconds = rate.Seconds };

    /// <summary>The instant of a sample by the nominal rate; null where it is after the year 2262.</summary>
    private static Timestamp? InstantOf(SignalStreamDescriptor descriptor, long sample)
    {
        var start = new AnchoredSample(0, descriptor.StartTimeNs);
        return new AnchoredSpan(descriptor.Rate, start, After: null).InstantOf(sample) is { } instant
            ? Instants.ToTimestamp(instant)
            : null;
    }

    private static void SetBounds(V1.SignalChannel mapped, SignalChannel channel)
    {
        if (channel.PhysicalMinimum is { } physicalMinimum)
        {
            mapped.PhysicalMinimum = physicalMinimum;
        }

        if (channel.PhysicalMaximum is { } physicalMaximum)
        {
            mapped.PhysicalMaximum = physicalMaximum;
        }

        if (channel.DigitalMinimum is { } digitalMinimum)
        {
            mapped.DigitalMinimum = digitalMinimum;
        }

        if (channel.DigitalMaximum is { } digitalMaximum)
        {
            mapped.DigitalMaximum = digitalMaximum;
        }
    }
}
