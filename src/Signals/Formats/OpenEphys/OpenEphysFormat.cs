using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.OpenEphys;

/// <summary>
/// Open Ephys' first format: a <c>structure.openephys</c> that lists a <c>.continuous</c> file for each channel, or one
/// such file by itself (docs/formats.md).
/// </summary>
public sealed class OpenEphysFormat : IRecordingFormat
{
    public string Name => "Open Ephys";

    public IReadOnlyList<string> Extensions { get; } = [".openephys", ".continuous"];

    public bool Matches(ReadOnlySpan<byte> start, string name) =>
        start.StartsWith("header.format = 'Open Ephys Data Format'"u8) && start.IndexOf("'Continuous'"u8) >= 0;

    public async Task<RecordingReader> OpenAsync(IRecordingFiles files, CancellationToken cancellationToken)
    {
        var warnings = new RecordingWarnings();
        var names = new List<string> { files.MainName };
        var listed = await ListAsync(files, warnings, cancellationToken);
        var sources = new List<ContinuousStream>();
        foreach (var stream in listed.Streams)
        {
            if (await ContinuousStream.OpenAsync(stream, files, warnings, cancellationToken) is { } source)
            {
                sources.Add(source);
            }
        }
        if (sources.Count == 0)
        {
            string example = listed.Streams is [{ Channels: [var first, ..] }, ..] ? $" ('{first.File}' ...)" : "";
            string problem =
                listed.Streams.Count == 0
                    ? "It lists no stream."
                    : $"No file of its {listed.Streams.Count} streams is here{example}, or none has samples.";
            throw new RecordingFormatException("structure", 0, problem);
        }
        names.AddRange(sources.SelectMany(source => source.Files.Select(file => file.Name)).Except(names));
        var (start, notes) = await ReadMessagesAsync(listed.MessagesFile, files, names, cancellationToken);
        var noted = ByStream(notes, sources);
        var streams = new List<RecordedStream>();
        foreach (var source in sources)
        {
            var events = await ReadEventsAsync(source, files, names, cancellationToken);
            streams.Add(Describe(source, sources, [.. events.Concat(noted[source]).OrderBy(entry => entry.Number)]));
        }
        var recording = new Recording
        {
            Format = "Open Ephys",
            MetadataKey = "openEphys",
            StartTime = start ?? ReadDate(sources[0].Files[0].Header("date_created")),
            Streams = streams,
            Warnings = warnings.ToList(),
            Metadata = new JsonObject { ["dateCreated"] = sources[0].Files[0].Header("date_created") },
            Device = new() { Manufacturer = "Open Ephys" },
        };
        return new OpenEphysReader(files, recording, names, sources);
    }

    public async Task<IReadOnlyList<string>> FindPartsAsync(IRecordingFiles files, CancellationToken cancellationToken)
    {
        if (!IsStructure(files.MainName))
        {
            return [];
        }
        try
        {
            var listed = await ListAsync(files, new(), cancellationToken);
            return [.. listed.Streams.SelectMany(stream => stream.Channels.Select(channel => channel.File))];
        }
        catch (RecordingFormatException)
        {
            return [];
        }
    }

    private static bool IsStructure(string name) => name.EndsWith(".openephys", StringComparison.OrdinalIgnoreCase);

    private static async Task<ListedExperiment> ListAsync(
        IRecordingFiles files,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        await using var stream = files.OpenMain();
        if (IsStructure(files.MainName))
        {
            return OpenEphysStructure.Parse(await TextLines.ReadAsync(stream, "", cancellationToken), files.MainName);
        }
        var file = await ContinuousFile.OpenAsync(stream, files.MainName, null, warnings, cancellationToken);
        var rate = new FieldText("header.sampleRate", 0, file.Header("sampleRate")).ReadRate();
        string channel = file.Header("channel");
        return new(
            ListedExperiment.NumberIn(files.MainName, channel),
            [new(0, "", rate, [new(channel, files.MainName, null)], "")]
        );
    }

    private static async Task<(DateTimeOffset?, IReadOnlyList<(long Number, string Text)>)> ReadMessagesAsync(
        string name,
        IRecordingFiles files,
        List<string> names,
        CancellationToken cancellationToken
    )
    {
        await using var stream = files.Find(name);
        if (stream is null)
        {
            return (null, []);
        }
        names.Add(name);
        return OpenEphysMessages.Read(await TextLines.ReadAsync(stream, name, cancellationToken));
    }

    /// <summary>
    /// Records of 16 bytes: number of the sample, place in its buffer, sort of event, source, state, line, recording.
    /// </summary>
    private static async Task<IReadOnlyList<(long Number, RecordedAnnotation Annotation)>> ReadEventsAsync(
        ContinuousStream source,
        IRecordingFiles files,
        List<string> names,
        CancellationToken cancellationToken
    )
    {
        const int recordBytes = 16;
        const int line = 3;
        const int most = 1_000_000;
        string name = source.Listed.EventsFile;
        await using var stream = name.Length > 0 ? files.Find(name) : null;
        if (stream is null || stream.Length < ContinuousFile.HeaderBytes)
        {
            return [];
        }
        names.Add(name);
        long count = Math.Min(most, (stream.Length - ContinuousFile.HeaderBytes) / recordBytes);
        byte[] bytes = new byte[count * recordBytes];
        stream.Position = ContinuousFile.HeaderBytes;
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        var events = bytes
            .Chunk(recordBytes)
            .Where(e => e[10] == line && source.IsOfRecording(BitConverter.ToUInt16(e, 14)));
        return
        [
            .. events.Select(e =>
                (BinaryPrimitives.ReadInt64LittleEndian(e), OpenEphysEvents.Line(e[12] != 0 ? e[13] + 1 : -e[13] - 1))
            ),
        ];
    }

    /// <summary>A message belongs to the first stream of the last recording that had begun by then.</summary>
    private static ILookup<ContinuousStream, (long Number, RecordedAnnotation Annotation)> ByStream(
        IReadOnlyList<(long Number, string Text)> notes,
        List<ContinuousStream> sources
    )
    {
        var firsts = sources.DistinctBy(source => source.Listed.Recording).ToList();
        return notes.ToLookup(
            note => firsts.FindLast(first => first.Files[0].Runs.First <= note.Number) ?? firsts[0],
            note => (note.Number, OpenEphysEvents.Note(note.Text))
        );
    }

    private static RecordedStream Describe(
        ContinuousStream source,
        List<ContinuousStream> all,
        (long Number, RecordedAnnotation Annotation)[] annotations
    )
    {
        var runs = source.Files[0].Runs;
        bool several = all.Select(stream => stream.Listed.Recording).Distinct().Count() > 1;
        return new()
        {
            Suffix =
                all.Count == 1 ? ""
                : several ? $"{source.Listed.Name} {source.Listed.Recording}"
                : source.Listed.Name,
            Rate = source.Listed.Rate,
            // All streams and recordings of an experiment count their samples from one beginning, each at its rate.
            OnsetSeconds =
                source.Listed.Rate.SecondsAt(runs.First) - all[0].Listed.Rate.SecondsAt(all[0].Files[0].Runs.First),
            Channels = source.Channels,
            SampleCount = runs.Count,
            MissingSampleCount = runs.Count - runs.Present,
            Annotations = [.. annotations.Select(e => e.Annotation with { StartSample = e.Number - runs.First })],
            Metadata = new JsonObject
            {
                ["stream"] = source.Listed.Name,
                ["recording"] = source.Listed.Recording,
                ["firstSampleNumber"] = runs.First,
            },
        };
    }

    private static DateTimeOffset? ReadDate(string text) =>
        DateTimeOffset.TryParseExact(
            text,
            ["dd-MMM-yyyy HH:mm:ss", "d-MMM-yyyy HHmmss", "d-MMM-yyyy H:mm:ss"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var date
        ) && date.Year is >= 1900 and <= 2199
            ? date
            : null;
}
