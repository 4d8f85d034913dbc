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

/// <summary>What was recorded between a start of the acquisition and its end.</summary>
/// <param name="Number">From 1; all experiments are in one folder, and their samples are numbered anew.</param>
internal sealed record ListedExperiment(int Number, IReadOnlyList<ListedStream> Streams)
{
    /// <summary>Its messages; the first one's name has no number.</summary>
    public string MessagesFile => Number > 1 ? $"messages_{Number}.events" : "messages.events";

    /// <summary>The number in the name of an experiment's file, <c>structure_2.openephys</c>; 1 without any.</summary>
    public static int NumberIn(string fileName)
    {
        string name = Path.GetFileNameWithoutExtension(fileName);
        int end = name.LastIndexOf('_');
        bool isNumber = int.TryParse(
            name[(end + 1)..],
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int number
        );
        return end >= 0 && isNumber && number > 1 ? number : 1;
    }

    /// <summary>
    /// The same where the name ends with that of a channel, which may be a number itself: <c>100_2_3.continuous</c>.
    /// </summary>
    public static int NumberIn(string fileName, string channel)
    {
        string name = Path.GetFileNameWithoutExtension(fileName);
        string end = "_" + channel.Replace(" ", "", StringComparison.Ordinal).Replace('_', '-');
        bool isChannel = name.EndsWith(end, StringComparison.Ordinal);
        bool isBehindChannel = name[..Math.Max(0, name.LastIndexOf('_'))].EndsWith(end, StringComparison.Ordinal);
        return isChannel && !isBehindChannel ? 1 : NumberIn(fileName);
    }
}

/// <summary>
/// Reads <c>structure.openephys</c>, called <c>Continuous_Data.openephys</c> before version 0.6: an XML list of
/// recordings, streams and the files of their channels.
/// </summary>
internal static class OpenEphysStructure
{
    private const int MaxStreams = 1000;

    /// <param name="text">The list.</param>
    /// <param name="fileName">Its name, which has the experiment's number where the list does not.</param>
    /// <exception cref="RecordingFormatException">It is no such list.</exception>
    public static ListedExperiment Parse(TextLines text, string fileName)
    {
        try
        {
            var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
            using var reader = XmlReader.Create(new StringReader(text.Text.Trim('\0', '\n', ' ')), settings);
            var root = XDocument.Load(reader).Root!;
            bool isNumbered = int.TryParse(Value(root, "number"), CultureInfo.InvariantCulture, out int number);
            int experiment = isNumbered && root.Name == "EXPERIMENT" ? number : ListedExperiment.NumberIn(fileName);
            var recordings = root.DescendantsAndSelf("RECORDING");
            var streams = recordings.SelectMany(
                (recording, i) => Streams(recording, i).Concat(Processors(recording, i, experiment))
            );
            return new(experiment, [.. streams.Take(MaxStreams)]);
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

    /// <summary>
    /// What version 0.5 and before list instead of streams: processors, whose lines are all in one file. They number
    /// recordings from 0 or from 1, and list all of them.
    /// </summary>
    private static IEnumerable<ListedStream> Processors(XElement recording, int index, int experiment)
    {
        string events = experiment > 1 ? $"all_channels_{experiment}.events" : "all_channels.events";
        foreach (var (place, processor) in recording.Elements("PROCESSOR").Index())
        {
            string name = Value(processor, "id");
            yield return new(
                index + 1,
                name,
                new FieldText($"processor '{name}': samplerate", 0, Value(recording, "samplerate")).ReadRate(),
                [.. processor.Elements("CHANNEL").Select(Channel)],
                place == 0 ? events : ""
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
