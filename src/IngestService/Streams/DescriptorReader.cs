using Dendrite.Contracts.Streams;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;
using Google.Protobuf.Collections;

namespace Dendrite.IngestService.Streams;

/// <summary>Turns a stream as a request describes it into what is stored, or says which field is at fault.</summary>
internal static class DescriptorReader
{
    private const int MaxChannels = 65_536;
    private const int MaxLabelLength = 80;
    private const int MaxDisplayNameLength = 200;
    private const int MaxUserLabels = 64;
    private const int MaxUserLabelLength = 256;
    private const int MaxMetadataBytes = 256 << 10;

    /// <summary>
    /// Instants are told in nanoseconds: of a faster stream several samples would share one. No format of files brings
    /// more than a tenth of it.
    /// </summary>
    private const long MaxRateHz = 1_000_000_000;

    /// <summary>Longest text of a channel or device: a line or two, as headers of files have.</summary>
    private const int MaxTextLength = 1_000;

    /// <summary>
    /// As <see cref="Read"/>, of a stream that is to be made: its calibration must be one, and its start one that can
    /// be kept.
    /// </summary>
    /// <exception cref="DendriteException">InvalidArgument, with the field and the remedy.</exception>
    public static SignalStreamDescriptor ReadNew(string name, V1.SignalStream stream, string field)
    {
        var descriptor = Read(name, stream, field);
        Instants.Check(stream.StartTime, $"{field}.start_time");
        return CalibrationCheck.Find(stream) is { } fault
            ? throw DendriteException.Invalid($"{field}.{fault.Field}", fault.Problem)
            : descriptor;
    }

    /// <param name="name">The stream's id.</param>
    /// <param name="stream">What the request says of it.</param>
    /// <param name="field">The proto path of <paramref name="stream"/>, for errors.</param>
    /// <exception cref="DendriteException">InvalidArgument, with the field and the remedy.</exception>
    public static SignalStreamDescriptor Read(string name, V1.SignalStream stream, string field)
    {
        Require(stream.StartTime is not null, field, "start_time", "is missing: give the instant of sample 0");
        Timestamps.Read(stream.StartTime!, $"{field}.start_time");
        return new(
            name,
            ReadRate(stream.NominalRate, field),
            stream.StartTime!.ToNanoseconds(),
            ReadChannels(stream, field)
        )
        {
            DisplayName = ReadDisplayName(stream, field),
            ExpectedSampleCount = ReadExpectedSampleCount(stream, field),
            DeviceJson = ReadDevice(stream.Device, $"{field}.device"),
            LabelsJson = Json.Format(RequestFields.Labels(stream.Labels, $"{field}.labels")),
            MetadataJson = ReadMetadata(stream, field),
        };
    }

    public static string ReadDisplayName(V1.SignalStream stream, string field) =>
        RequestFields.DeviceText(stream.DisplayName, $"{field}.display_name", MaxDisplayNameLength);

    /// <summary>Null for an open-ended recording.</summary>
    public static long? ReadExpectedSampleCount(V1.SignalStream stream, string field)
    {
        Require(stream.ExpectedSampleCount >= 0, field, "expected_sample_count", "is negative");
        return stream.HasExpectedSampleCount ? stream.ExpectedSampleCount : null;
    }

    /// <summary>As JSON; <c>{}</c> where none is given.</summary>
    public static string ReadMetadata(V1.SignalStream stream, string field) =>
        stream.Metadata is null ? "{}" : JsonFields.Read(stream.Metadata, $"{field}.metadata", MaxMetadataBytes);

    private static StreamRate ReadRate(V1.SampleRate? rate, string field)
    {
        Require(rate is not null, field, "nominal_rate", "is missing: give samples and seconds, such as 256 in 1");
        Require(rate!.Samples >= 0, field, "nominal_rate.samples", $"{rate.Samples} is negative; 0 means irregular");
        Require(rate.Seconds >= 1, field, "nominal_rate.seconds", $"{rate.Seconds} is less than 1");
        Require(
            rate.Samples <= (Int128)MaxRateHz * rate.Seconds,
            field,
            "nominal_rate",
            $"{rate.Samples} in {rate.Seconds} s is more than {MaxRateHz} Hz; seconds are whole: 256 Hz are 256 in 1"
        );
        return new StreamRate(rate.Samples, rate.Seconds).Reduce();
    }

    private static SignalChannel[] ReadChannels(V1.SignalStream stream, string field)
    {
        var count = stream.Channels.Count;
        Require(
            count is >= 1 and <= MaxChannels,
            field,
            "channels",
            $"{count} channels: a stream has 1 to {MaxChannels}"
        );
        var channels = new SignalChannel[count];
        HashSet<string> labels = new(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var path = $"{field}.channels[{i}]";
            channels[i] = ReadChannel(stream.Channels[i], path);
            Require(
                labels.Add(channels[i].Label),
                path,
                "label",
                $"'{channels[i].Label}' occurs twice; labels are unique"
            );
        }

        CheckGroups(channels, field);
        return channels;
    }

    private static SignalChannel ReadChannel(V1.SignalChannel channel, string path)
    {
        Require(channel.Label.Length is >= 1 and <= MaxLabelLength, path, "label", "has not 1 to 80 characters");
        RequestFields.DeviceText(channel.Label, $"{path}.label", MaxLabelLength);
        var type = channel.SampleType.ToStored();
        Require(type.SizeBytes() > 0, path, "sample_type", $"{(int)channel.SampleType} is not a sample type");
        var (scale, offset) = (channel.HasScale ? channel.Scale : 1, channel.HasOffset ? channel.Offset : 0);
        Require(double.IsFinite(scale) && scale != 0, path, "scale", $"{scale} is not a finite number other than 0");
        Require(double.IsFinite(offset), path, "offset", $"{offset} is not a finite number");
        Require(channel.ChannelGroup >= 0, path, "channel_group", $"{channel.ChannelGroup} is negative");
        return new(channel.Label, type, channel.ChannelGroup)
        {
            Unit = ReadText(channel.Unit, "unit"),
            Scale = scale,
            Offset = offset,
            PhysicalMinimum = Finite(channel.HasPhysicalMinimum, channel.PhysicalMinimum, path, "physical_minimum"),
            PhysicalMaximum = Finite(channel.HasPhysicalMaximum, channel.PhysicalMaximum, path, "physical_maximum"),
            DigitalMinimum = channel.HasDigitalMinimum ? channel.DigitalMinimum : null,
            DigitalMaximum = channel.HasDigitalMaximum ? channel.DigitalMaximum : null,
            Transducer = ReadText(channel.Transducer, "transducer"),
            Prefilter = ReadText(channel.Prefilter, "prefilter"),
            Modality = ReadText(channel.Modality, "modality"),
            Location = ReadText(channel.Location, "location"),
            Labels = ReadLabels(channel.Labels, $"{path}.labels"),
        };

        string ReadText(string value, string name) => RequestFields.DeviceText(value, $"{path}.{name}", MaxTextLength);
    }

    private static void CheckGroups(SignalChannel[] channels, string field)
    {
        var groups = channels.GroupBy(channel => channel.ChannelGroup).ToDictionary(group => group.Key, group => group);
        for (var group = 0; group < groups.Count; group++)
        {
            Require(
                groups.TryGetValue(group, out var members),
                field,
                "channels",
                $"no channel is of group {group}: groups are counted from 0 without holes"
            );
            Require(
                members!.Select(channel => channel.SampleType).Distinct().Count() == 1,
                field,
                "channels",
                $"the channels of group {group} have several sample types; give each type a group of its own"
            );
        }
    }

    /// <summary>As JSON; <c>{}</c> where none is given.</summary>
    public static string ReadDevice(V1.Device? device, string path)
    {
        if (device is null)
        {
            return "{}";
        }

        RequestFields.DeviceText(device.Manufacturer, $"{path}.manufacturer", MaxTextLength);
        RequestFields.DeviceText(device.Model, $"{path}.model", MaxTextLength);
        RequestFields.DeviceText(device.SerialNumber, $"{path}.serial_number", MaxTextLength);
        RequestFields.DeviceText(device.FirmwareVersion, $"{path}.firmware_version", MaxTextLength);
        return Json.Format(device);
    }

    // The keys of a channel's labels are those of the device's own software.
    private static Dictionary<string, string> ReadLabels(MapField<string, string> labels, string path)
    {
        if (labels.Count > MaxUserLabels)
        {
            throw DendriteException.Invalid(path, $"has {labels.Count} entries; at most {MaxUserLabels} are allowed");
        }

        foreach (var (key, value) in labels)
        {
            RequestFields.DeviceText(key, path, MaxUserLabelLength);
            RequestFields.DeviceText(value, path, MaxUserLabelLength);
        }

        return new(labels, StringComparer.Ordinal);
    }

    private static double? Finite(bool present, double value, string path, string name)
    {
        Require(!present || double.IsFinite(value), path, name, $"{value} is not a finite number");
        return present ? value : null;
    }

    private static void Require(bool condition, string path, string name, string problem)
    {
        if (!condition)
        {
            throw DendriteException.Invalid($"{path}.{name}", problem);
        }
    }
}
