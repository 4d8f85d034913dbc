using System.Xml.Linq;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.Xdf;

/// <summary>One channel as it is stored.</summary>
/// <param name="Source">Which value of a sample in the file.</param>
/// <param name="Raw">How it is taken from there.</param>
/// <param name="Channel">What it means.</param>
internal sealed record XdfColumn(int Source, RawSample Raw, RecordedChannel Channel);

/// <summary>
/// How the values of a numeric stream are stored: each as one channel, or as two where nothing else holds it.
/// </summary>
internal static class XdfColumns
{
    public static int ValueBytes(string format) =>
        format == XdfValueType.Int64 ? sizeof(long) : XdfValueType.Find(format)?.Bytes ?? 0;

    public static IReadOnlyList<XdfColumn> Of(XdfStream stream, RecordingWarnings warnings)
    {
        var header = stream.Header;
        if (header.IsText)
        {
            return [];
        }
        var raw = XdfValueType.Find(header.Format) ?? Int64(stream);
        var labels = new UniqueLabels(warnings);
        var described = header.Xml.Element("desc")?.Element("channels")?.Elements("channel").ToArray() ?? [];
        var channels = Enumerable
            .Range(0, header.ChannelCount)
            .Select(i => Channel(header, i, described.ElementAtOrDefault(i), labels, raw?.Type ?? SampleType.Int32))
            .ToList();
        if (raw is not null)
        {
            return [.. channels.Select((channel, i) => new XdfColumn(i, raw, channel))];
        }
        warnings.Add(
            RecordingWarningKind.ChannelSplit,
            $"stream {header.Id}: channel_format",
            header.Offset,
            "Integers of more than 53 bits: each channel is kept as two, whose physical values add up to it."
        );
        return [.. channels.SelectMany((channel, i) => Split(channel, i, labels, header))];
    }

    /// <summary>Null where neither 32 bits nor a double hold the values.</summary>
    private static RawSample? Int64(XdfStream stream) =>
        stream.FitsInt32 ? XdfValueType.NarrowInt64
        : stream.FitsDouble ? XdfValueType.DoubleInt64
        : null;

    private static RecordedChannel Channel(
        XdfHeader header,
        int index,
        XElement? described,
        UniqueLabels labels,
        SampleType type
    )
    {
        string label = XdfHeader.Value(described, "label");
        string modality = XdfHeader.Value(described, "type");
        var field = new FieldText($"stream {header.Id}: label of channel {index + 1}", header.Offset, label);
        return new(labels.Make(label.Length > 0 ? label : $"ch{index + 1}", index, field), type)
        {
            Unit = XdfHeader.Value(described, "unit"),
            Modality = modality.Length > 0 ? modality : header.Type,
        };
    }

    private static IEnumerable<XdfColumn> Split(
        RecordedChannel channel,
        int index,
        UniqueLabels labels,
        XdfHeader header
    )
    {
        const double twoTo31 = 1L << 31;
        const double twoTo32 = 1L << 32;
        var field = new FieldText($"stream {header.Id}", header.Offset, "");
        yield return new(index, XdfValueType.UpperInt64, channel with { Scale = twoTo32 });
        string lower = labels.Make($"{channel.Label} low", index, field);
        yield return new(index, XdfValueType.LowerInt64, channel with { Label = lower, Offset = twoTo31 });
    }
}
