using System.Text.Json.Nodes;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.Wfdb;

/// <summary>WFDB records, as PhysioNet has them: a header, signal files, annotation files (docs/formats.md).</summary>
public sealed class WfdbFormat : IRecordingFormat
{
    private const string Extension = ".hea";

    public string Name => "WFDB";

    public IReadOnlyList<string> Extensions { get; } = [Extension];

    public bool Matches(ReadOnlySpan<byte> start, string name) => false;

    public async Task<RecordingReader> OpenAsync(IRecordingFiles files, CancellationToken cancellationToken)
    {
        var warnings = new RecordingWarnings();
        var record = await WfdbRecord.OpenAsync(files, warnings, cancellationToken);
        var streams = Streams(record);
        var annotations = new WfdbAnnotations(files, record.Header, warnings);
        await annotations.ReadAsync(cancellationToken);
        var described = streams.Select(stream => Describe(record, stream, streams, warnings)).ToList();
        int fastest = streams.IndexOf(streams.MaxBy(stream => stream.SamplesPerFrame)!);
        described[fastest] = described[fastest] with
        {
            Annotations = annotations.On(described[fastest].Rate, described[fastest].Channels),
        };
        record.AddFiles(annotations.Files);
        var recording = new Recording
        {
            Format = "WFDB",
            MetadataKey = "wfdb",
            StartTime = record.Header.StartTime,
            Streams = described,
            Warnings = warnings.ToList(),
            Metadata = Metadata(record, annotations),
        };
        return new WfdbReader(recording, record, streams);
    }

    /// <summary>The segments of a record have headers of their own.</summary>
    public async Task<IReadOnlyList<string>> FindPartsAsync(IRecordingFiles files, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = files.OpenMain();
            var text = await TextLines.ReadAsync(stream, "", cancellationToken);
            var header = new WfdbHeaderReader("", new()).Read(text);
            return [.. header.Segments.Where(entry => !entry.IsPause).Select(entry => entry.Name.Text + Extension)];
        }
        catch (RecordingFormatException)
        {
            return [];
        }
    }

    private static List<WfdbStream> Streams(WfdbRecord record)
    {
        var bySpeed = Enumerable
            .Range(0, record.Signals.Count)
            .GroupBy(signal => record.Signals[signal].SamplesPerFrame);
        return
        [
            .. bySpeed.Select(group =>
            {
                WfdbPacking[] packings = [.. group.Select(record.PackingOf)];
                var types = packings.Select(packing => packing.Type).Distinct().ToList();
                int[] groups = [.. packings.Select(packing => types.IndexOf(packing.Type))];
                return new WfdbStream(group.Key, [.. group], packings, groups);
            }),
        ];
    }

    private static RecordedStream Describe(
        WfdbRecord record,
        WfdbStream stream,
        List<WfdbStream> all,
        RecordingWarnings warnings
    )
    {
        var frameRate = record.Header.FrameRate;
        var rate =
            frameRate.Times(stream.SamplesPerFrame)
            ?? throw record.Header.RecordLine.Refuse(
                $"{stream.SamplesPerFrame} samples a frame at {frameRate.Hz} frames a second cannot be counted with."
            );
        var labels = new UniqueLabels(warnings);
        long missing = record.Parts.Where(part => part.Segment is null).Sum(part => part.Frames);
        return new()
        {
            Suffix = all.Count == 1 ? "" : rate.ToString(),
            Rate = rate,
            Channels = [.. stream.Signals.Select((_, i) => Channel(record, stream, i, labels, warnings))],
            SampleCount = record.FrameCount * stream.SamplesPerFrame,
            MissingSampleCount = missing * stream.SamplesPerFrame,
        };
    }

    private static RecordedChannel Channel(
        WfdbRecord record,
        WfdbStream stream,
        int index,
        UniqueLabels labels,
        RecordingWarnings warnings
    )
    {
        var signal = record.Signals[stream.Signals[index]];
        var packing = stream.Packings[index];
        var facts = new Dictionary<string, string>
        {
            ["invalid-sample"] = $"{packing.Invalid}",
            ["wfdb-format"] = $"{packing.Format}",
            ["adc-resolution"] = $"{signal.AdcResolution}",
            ["adc-zero"] = $"{signal.AdcZero}",
        };
        if (signal.Skew != 0)
        {
            facts["skew-frames"] = $"{signal.Skew}";
            warnings.Add(
                RecordingWarningKind.FieldIgnored,
                signal.File.Name,
                signal.File.Offset,
                $"Lags by {signal.Skew} frames; kept as recorded, not shifted.",
                signal.File.File
            );
        }
        return new(labels.Make(signal.Description, stream.Signals[index], signal.File), packing.Type)
        {
            Unit = signal.Unit,
            Scale = 1 / signal.Gain,
            Offset = -signal.Baseline / signal.Gain,
            Group = stream.Groups[index],
            Labels = facts,
        };
    }

    private static JsonObject Metadata(WfdbRecord record, WfdbAnnotations annotations) =>
        new()
        {
            ["record"] = record.Header.Record,
            ["frameCount"] = record.FrameCount,
            ["segmentCount"] = record.Header.Segments.Count,
            ["comments"] = new JsonArray([.. record.Header.Comments.Select(comment => (JsonNode)comment)]),
            ["annotators"] = new JsonArray([.. annotations.Files.Select(name => (JsonNode)name)]),
        };
}
