using Dendrite.Signals.Formats;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Import;

/// <summary>Turns what a file says of a stream into its descriptor.</summary>
internal static class StreamDescriptor
{
    // Of the contract; files may have more.
    private const int MaxTitleLength = 200;
    private const int MaxLabelLength = 80;
    private const int MaxTextLength = 1000;
    private const int MaxFactLength = 256;

    public static SignalStream Of(RecordingSource source, RecordedStream recorded, Timestamp start)
    {
        var stream = new SignalStream
        {
            DisplayName = RecordingText.Clean(Path.GetFileName(source.Path), MaxTitleLength),
            Device = DeviceOf(source.Recording.Device),
            StartTime = start,
            NominalRate = new() { Samples = recorded.Rate.Samples, Seconds = recorded.Rate.Seconds },
            ExpectedSampleCount = recorded.SampleCount,
            Labels = { [ImportPlan.SourceLabel] = source.Sha256 },
            Metadata = RecordingMetadata.Of(source, recorded.Metadata),
            SourceSha256 = source.Sha256,
        };
        stream.Channels.Add(recorded.Channels.Select(Channel));
        if (recorded.Channels.Count == 0)
        {
            // A stream has at least one channel: a file of nothing but annotations, such as a hypnogram, gets one that
            // never has a sample.
            stream.Channels.Add(new SignalChannel { Label = "annotations", SampleType = SampleType.Int16 });
        }
        return stream;
    }

    /// <summary>The label of a channel as the platform has it.</summary>
    public static string Label(string label) => RecordingText.Clean(label, MaxLabelLength);

    private static SignalChannel Channel(RecordedChannel recorded)
    {
        var channel = new SignalChannel
        {
            Label = Label(recorded.Label),
            Unit = Text(recorded.Unit),
            SampleType = (SampleType)(int)recorded.SampleType,
            Scale = recorded.Scale,
            Offset = recorded.Offset,
            Transducer = Text(recorded.Transducer),
            Prefilter = Text(recorded.Prefilter),
            Modality = Text(recorded.Modality),
            Location = Text(recorded.Location),
            ChannelGroup = recorded.Group,
        };
        if (recorded.Range is { } range)
        {
            channel.PhysicalMinimum = range.PhysicalMin;
            channel.PhysicalMaximum = range.PhysicalMax;
            channel.DigitalMinimum = range.DigitalMin;
            channel.DigitalMaximum = range.DigitalMax;
        }
        foreach (var (key, value) in recorded.Labels)
        {
            channel.Labels[key] = RecordingText.Clean(value, MaxFactLength);
        }
        return channel;
    }

    private static Device? DeviceOf(RecordedDevice device) =>
        device == new RecordedDevice()
            ? null
            : new()
            {
                Manufacturer = Text(device.Manufacturer),
                Model = Text(device.Model),
                SerialNumber = Text(device.SerialNumber),
                FirmwareVersion = Text(device.FirmwareVersion),
            };

    private static string Text(string text) => RecordingText.Clean(text, MaxTextLength);
}
