using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.Xdf;

/// <summary>What a stream header says, checked.</summary>
internal sealed record XdfHeader
{
    public const int MaxChannels = 65_536;

    /// <summary>Number of the stream in this file.</summary>
    public required uint Id { get; init; }

    /// <summary>Where its chunk begins.</summary>
    public required long Offset { get; init; }

    public required string Name { get; init; }

    /// <summary>The kind of content, <c>EEG</c>, <c>Markers</c>.</summary>
    public required string Type { get; init; }

    public required int ChannelCount { get; init; }

    /// <summary>Irregular where the header says 0.</summary>
    public required RecordedRate Rate { get; init; }

    /// <summary>As the header has it: <c>float32</c>, <c>string</c>.</summary>
    public required string Format { get; init; }

    public required XElement Xml { get; init; }

    /// <summary>The text of the header as it stands.</summary>
    public required string Text { get; init; }

    public bool IsText => Format == XdfValueType.Text;

    /// <summary>Seconds from one sample to the next where no time stamp says; 0 where it is irregular.</summary>
    public double IntervalSeconds => Rate.IsIrregular ? 0 : (double)Rate.Seconds / Rate.Samples;

    public static XdfHeader Parse(uint id, long offset, string text)
    {
        XElement xml;
        try
        {
            xml = ParseXml(text);
        }
        catch (XmlException error)
        {
            throw new RecordingFormatException(
                $"stream {id}: header",
                offset,
                $"Not XML ({error.Message}): the stream cannot be read."
            );
        }
        FieldText Field(string name) => new($"stream {id}: {name}", offset, Value(xml, name));
        string format = Value(xml, "channel_format");
        if (format is not (XdfValueType.Text or XdfValueType.Int64) && XdfValueType.Find(format) is null)
        {
            throw Field("channel_format")
                .Refuse($"'{format}' is not int8, int16, int32, int64, float32, double64 or string.");
        }
        return new()
        {
            Id = id,
            Offset = offset,
            Name = Value(xml, "name"),
            Type = Value(xml, "type"),
            ChannelCount = (int)Field("channel_count").ReadInteger(1, MaxChannels),
            Rate = ReadRate(Field("nominal_srate")),
            Format = format,
            Xml = xml,
            Text = text,
        };
    }

    /// <exception cref="XmlException">It is none.</exception>
    public static XElement ParseXml(string text)
    {
        // A document type could name other files, or swell.
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
        using var reader = XmlReader.Create(new StringReader(text.TrimStart('\uFEFF').Trim('\0', ' ', '\n')), settings);
        return XDocument.Load(reader).Root!;
    }

    /// <summary>The text of a child; empty where it is missing.</summary>
    public static string Value(XElement? element, string name) => element?.Element(name)?.Value.Trim() ?? "";

    private static RecordedRate ReadRate(FieldText field)
    {
        bool isNumber = double.TryParse(field.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
        return field.Text.Length == 0 || (isNumber && value == 0) ? RecordedRate.Irregular : field.ReadRate();
    }
}
