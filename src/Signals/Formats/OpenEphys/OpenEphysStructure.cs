using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.OpenEphys;

/// <summary>A channel that a structure lists.</summary>
internal sealed record ListedChannel(string Name, string File, double? BitVolts);

/// <summary>A stream of one recording that a structure lists.</summary>
/// <param name="Recording">From 1.</param>
internal sealed record ListedStream(
    int Recording,
    string Name,
    RecordedRate Rate,
    IReadOnlyList<ListedChannel> Channels,
    string EventsFile
);

/// <summary>
/// Reads <c>structure.openephys</c>, an XML list of recordings, streams and the files of their channels.
/// </summary>
internal static class OpenEphysStructure
{
    private const int MaxStreams = 1000;

    /// <exception cref="RecordingFormatException">It is no such list.</exception>
    public static IReadOnlyList<ListedStream> Parse(TextLines text)
    {
        try
        {
            var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
            using var reader = XmlReader.Create(new StringReader(text.Text.Trim('\0', '\n', ' ')), settings);
            var recordings = XDocument.Load(reader).Root!.DescendantsAndSelf("RECORDING");
            return [.. recordings.SelectMany((recording, i) => Streams(recording, i)).Take(MaxStreams)];
        }
        catch (XmlException error)
        {
            throw new RecordingFormatException("structure", 0, $"Not XML: {error.Message}");
        }
    }

    private static IEnumerable<ListedStream> Streams(XElement recording, int index)
    {
        int number = int.TryParse(Value(recording, "number"), CultureInfo.InvariantCulture, out int n) ? n : index + 1;
        foreach (var stream in recording.Elements("STREAM"))
        {
            string name = Value(stream, "name");
            yield return new(
                number,
                name,
                new FieldText($"stream '{name}': sample_rate", 0, Value(stream, "sample_rate")).ReadRate(),
                [.. stream.Elements("CHANNEL").Select(Channel)],
                Value(stream.Element("EVENTS"), "filename")
            );
        }
    }

    private static ListedChannel Channel(XElement channel) =>
        new(
            Value(channel, "name"),
            Value(channel, "filename"),
            double.TryParse(Value(channel, "bitVolts"), CultureInfo.InvariantCulture, out double v)
            && double.IsFinite(v)
            && v != 0
                ? v
                : null
        );

    private static string Value(XElement? element, string name) => element?.Attribute(name)?.Value.Trim() ?? "";
}
