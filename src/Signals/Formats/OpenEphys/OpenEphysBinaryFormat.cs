using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.OpenEphys;

/// <summary>
/// Open Ephys' binary format: a <c>structure.oebin</c> and folders of data beside it (docs/formats.md).
/// </summary>
public sealed class OpenEphysBinaryFormat : IRecordingFormat
{
    public string Name => "Open Ephys binary";

    public IReadOnlyList<string> Extensions { get; } = [".oebin"];

    public bool Matches(ReadOnlySpan<byte> start, string name) => false;

    public async Task<RecordingReader> OpenAsync(IRecordingFiles files, CancellationToken cancellationToken)
    {
        var warnings = new RecordingWarnings();
        await using var main = files.OpenMain();
        var text = await TextLines.ReadAsync(main, "", cancellationToken);
        using var json = Parse(text.Text);
        var binary = new OpenEphysBinary(files, warnings);
        var streams = new List<OpenEphysStream>();
        var entries = Entries(json.RootElement, "continuous").ToList();
        var missing = await binary.FindMissingAsync(entries);
        foreach (var (index, entry) in entries.Index().Where(e => !missing.Contains(OpenEphysBinary.Folder(e.Item))))
        {
            streams.Add(await binary.ReadStreamAsync(entry, index, cancellationToken));
        }
        if (streams.Count == 0 || streams.TrueForAll(stream => stream.Runs.Present == 0))
        {
            throw new RecordingFormatException("continuous", 0, "The recording has no continuous stream with samples.");
        }
        // The start of the recording is that of its earliest stream, which is where those without stamps are put too.
        double origin = streams.Min(stream => stream.Begin) ?? 0;
        streams = [.. streams.Select(stream => stream.CountFrom(origin))];
        var (start, notes) = await ReadMessagesAsync(files, binary.Names, cancellationToken);
        var annotations = await ReadEventsAsync(
            json.RootElement,
            files,
            binary.Names,
            streams,
            missing,
            warnings,
            cancellationToken
        );
        annotations[0].AddRange(notes.Select(note => (note.Number, OpenEphysEvents.Note(note.Text))));
        var recording = new Recording
        {
            Format = "Open Ephys binary",
            MetadataKey = "openEphys",
            StartTime = start,
            Streams = [.. streams.Select((stream, i) => Describe(stream, streams.Count, annotations[i]))],
            Warnings = warnings.ToList(),
            Metadata = new JsonObject
            {
                ["guiVersion"] = OpenEphysBinary.Text(json.RootElement, "GUI version"),
                ["structure"] = text.Text,
            },
            Device = new() { Manufacturer = "Open Ephys" },
        };
        return new OpenEphysBinaryReader(files, recording, binary.Names, streams);
    }

    private static JsonDocument Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException error)
        {
            throw new RecordingFormatException(
                "structure",
                error.BytePositionInLine ?? 0,
                $"Not JSON: {error.Message}"
            );
        }
    }

    private static IEnumerable<JsonElement> Entries(JsonElement root, string name) =>
        root.ValueKind == JsonValueKind.Object
        && root.TryGetProperty(name, out var list)
        && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
            : [];

    private static async Task<(DateTimeOffset?, IReadOnlyList<(long Number, string Text)>)> ReadMessagesAsync(
        IRecordingFiles files,
        List<string> names,
        CancellationToken cancellationToken
    )
    {
        const string name = "sync_messages.txt";
        await using var stream = files.Find(name);
        if (stream is null)
        {
            return (null, []);
        }
        names.Add(name);
        return OpenEphysMessages.Read(await TextLines.ReadAsync(stream, name, cancellationToken));
    }

    /// <summary>For each stream its events; those of none go with the first.</summary>
    private static async Task<List<(long Number, RecordedAnnotation Annotation)>[]> ReadEventsAsync(
        JsonElement root,
        IRecordingFiles files,
        List<string> names,
        List<OpenEphysStream> streams,
        IReadOnlyList<string> missing,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        var found = streams.Select(_ => new List<(long, RecordedAnnotation)>()).ToArray();
        var events = new OpenEphysEvents(files, names, warnings);
        foreach (var entry in Entries(root, "events"))
        {
            string folder = OpenEphysBinary.Text(entry, "folder_name").Split('/', '\\')[0];
            if (missing.Contains(folder))
            {
                // They count the samples of a stream that is not here.
                continue;
            }
            int stream = Math.Max(0, streams.FindIndex(candidate => candidate.Name == folder));
            found[stream].AddRange(await events.ReadAsync(entry, cancellationToken));
        }
        return found;
    }

    private static RecordedStream Describe(
        OpenEphysStream stream,
        int count,
        List<(long Number, RecordedAnnotation Annotation)> annotations
    ) =>
        new()
        {
            Suffix = count == 1 ? "" : stream.Name,
            Rate = stream.Rate,
            OnsetSeconds = stream.OnsetSeconds,
            Channels = stream.Channels,
            SampleCount = stream.Runs.Count,
            MissingSampleCount = stream.Runs.Count - stream.Runs.Present,
            Annotations =
            [
                .. annotations
                    .OrderBy(entry => entry.Number)
                    .Select(entry => entry.Annotation with { StartSample = entry.Number - stream.Runs.First }),
            ],
            Metadata = new JsonObject { ["stream"] = stream.Name, ["firstSampleNumber"] = stream.Runs.First },
        };
}

/// <summary>Reads one continuous stream.</summary>
internal sealed class OpenEphysBinaryReader(
    IRecordingFiles files,
    Recording recording,
    IReadOnlyList<string> names,
    IReadOnlyList<OpenEphysStream> streams
) : RecordingReader(recording, names)
{
    public override async IAsyncEnumerable<SamplePiece> ReadAsync(
        int stream,
        long firstSample,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var wanted = streams[stream];
        await using var data = files.OpenCompanion(wanted.DataFile, "continuous", 0);
        var pieces = wanted.Runs.ReadAsync(
            firstSample,
            (from, to) => (wanted.Samples with { SampleCount = to }).ReadAsync(data, from, cancellationToken),
            cancellationToken
        );
        await foreach (var piece in pieces)
        {
            yield return piece.WithAnchorsOf(wanted.Anchors);
        }
    }
}
