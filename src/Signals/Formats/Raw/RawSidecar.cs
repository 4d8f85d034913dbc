using System.Text.Json;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Formats.Raw;

/// <summary>
/// The JSON beside a raw file: all that its bytes do not say (docs/formats.md lists the fields). Anchors and missing
/// ranges are written as they are read.
/// </summary>
/// <param name="reader">The recording.</param>
/// <param name="stream">Index of the stream.</param>
/// <param name="layout">That of the file.</param>
public sealed class RawSidecar(RecordingReader reader, int stream, RawLayout layout)
{
    private const int FlushBytes = 64 << 10;

    private readonly RecordedStream recorded = reader.Recording.Streams[stream];

    /// <param name="target">Where it goes; the caller's to dispose.</param>
    /// <param name="data">Name of the raw file, without its folder.</param>
    /// <param name="source">The stream, and at which version it was read.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task WriteAsync(
        Stream target,
        string data,
        (string Name, long Version) source,
        CancellationToken cancellationToken
    )
    {
        await using var json = new Utf8JsonWriter(target, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("format", "dendrite-raw-1");
        json.WriteString("data", data);
        json.WriteString("stream", source.Name);
        json.WriteNumber("version", source.Version);
        json.WriteString("layout", layout == RawLayout.Planar ? "planar" : "interleaved");
        json.WriteString("byteOrder", "little-endian");
        json.WriteNumber("sampleCount", recorded.SampleCount);
        json.WriteNumber("frameBytes", recorded.Channels.Sum(channel => channel.SampleType.SizeBytes()));
        if (reader.Recording.StartTime is { } start)
        {
            json.WriteString("startTime", $"{start.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffffff}Z");
        }
        json.WriteNumber("firstSampleSeconds", recorded.OnsetSeconds);
        json.WriteStartObject("rate");
        json.WriteNumber("samples", recorded.Rate.Samples);
        json.WriteNumber("seconds", recorded.Rate.Seconds);
        json.WriteEndObject();
        WriteChannels(json);
        await WriteMissingAsync(json, cancellationToken);
        await WriteAnchorsAsync(json, cancellationToken);
        await WriteAnnotationsAsync(json, cancellationToken);
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
    }

    private void WriteChannels(Utf8JsonWriter json)
    {
        json.WriteStartArray("channels");
        foreach (var (channel, place) in recorded.Channels.Zip(RawChannel.Of(recorded, layout)))
        {
            json.WriteStartObject();
            json.WriteString("label", channel.Label);
            json.WriteString("sampleType", channel.SampleType.ToString().ToLowerInvariant());
            json.WriteNumber("byteOffset", place.Offset);
            json.WriteString("unit", channel.Unit);
            json.WriteNumber("scale", channel.Scale);
            json.WriteNumber("offset", channel.Offset);
            if (channel.Range is { } range)
            {
                json.WriteNumber("physicalMinimum", range.PhysicalMin);
                json.WriteNumber("physicalMaximum", range.PhysicalMax);
                json.WriteNumber("digitalMinimum", range.DigitalMin);
                json.WriteNumber("digitalMaximum", range.DigitalMax);
            }
            json.WriteString("transducer", channel.Transducer);
            json.WriteString("prefilter", channel.Prefilter);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private async Task WriteMissingAsync(Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray("missing");
        await foreach (var piece in reader.ReadLayoutAsync(stream, cancellationToken))
        {
            if (piece.Gap is null && piece.MissingChannels.Count == 0)
            {
                continue;
            }
            json.WriteStartObject();
            json.WriteNumber("startSample", piece.FirstSample);
            json.WriteNumber("endSample", piece.FirstSample + piece.SampleCount);
            json.WriteStartArray("channels");
            foreach (string label in piece.MissingChannels.Order(StringComparer.Ordinal))
            {
                json.WriteStringValue(label);
            }
            json.WriteEndArray();
            json.WriteString("note", piece.Note);
            json.WriteEndObject();
            await FlushAsync(json, cancellationToken);
        }
        json.WriteEndArray();
    }

    private async Task WriteAnchorsAsync(Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray("anchors");
        await foreach (var piece in reader.ReadLayoutAsync(stream, cancellationToken))
        {
            foreach (var anchor in piece.Anchors)
            {
                json.WriteStartObject();
                json.WriteNumber("sample", anchor.Sample);
                json.WriteNumber("seconds", anchor.Seconds);
                json.WriteEndObject();
            }
            await FlushAsync(json, cancellationToken);
        }
        json.WriteEndArray();
    }

    private async Task WriteAnnotationsAsync(Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray("annotations");
        foreach (var note in recorded.Annotations)
        {
            json.WriteStartObject();
            json.WriteNumber("startSample", note.StartSample);
            WriteSeconds(json, "onsetSeconds", note.OnsetSeconds);
            WriteSeconds(json, "durationSeconds", note.DurationSeconds);
            json.WriteString("text", note.Text);
            json.WriteString("category", note.Category);
            json.WriteEndObject();
            await FlushAsync(json, cancellationToken);
        }
        json.WriteEndArray();
    }

    private static void WriteSeconds(Utf8JsonWriter json, string name, decimal? seconds)
    {
        if (seconds is { } value)
        {
            json.WriteNumber(name, value);
        }
    }

    private static Task FlushAsync(Utf8JsonWriter json, CancellationToken cancellationToken) =>
        json.BytesPending >= FlushBytes ? json.FlushAsync(cancellationToken) : Task.CompletedTask;
}
