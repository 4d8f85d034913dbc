using System.Text.Json.Nodes;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Formats.Edf;

/// <summary>EDF, EDF+ (C and D), BDF and BDF+, as recordings (docs/edf-import.md).</summary>
public sealed class EdfFormat : IRecordingFormat
{
    public string Name => "EDF and BDF";

    public IReadOnlyList<string> Extensions { get; } = [".edf", ".bdf", ".rec"];

    public bool Matches(ReadOnlySpan<byte> start, string name) =>
        start.StartsWith("0       "u8) || start.StartsWith((ReadOnlySpan<byte>)[0xFF, .. "BIOSEMI"u8]);

    public async Task<RecordingReader> OpenAsync(IRecordingFiles files, CancellationToken cancellationToken)
    {
        await using var stream = files.OpenMain();
        var scanned = await EdfRecording.ScanAsync(stream, cancellationToken);
        byte[] header = new byte[scanned.Header.HeaderBytes];
        stream.Position = 0;
        await stream.ReadExactlyAsync(header, cancellationToken);
        return new EdfRecordingReader(files, Describe(scanned, header), scanned);
    }

    /// <summary>
    /// Seconds from the header's start time to the first sample, as an import kept them in its metadata; 0 where it
    /// did
    /// not.
    /// </summary>
    public static decimal FirstOnset(JsonObject metadata) => EdfTemplate.FirstOnset(metadata);

    /// <summary>The common shape of a scanned file.</summary>
    /// <param name="scanned">The file.</param>
    /// <param name="headerBytes">Its header as it stands.</param>
    private static Recording Describe(EdfRecording scanned, byte[] headerBytes)
    {
        var header = scanned.Header;
        return new()
        {
            Format = header.FormatName,
            MetadataKey = header.Width.Name().ToLowerInvariant(),
            StartTime = header.StartTime is { } start ? new DateTimeOffset(start, TimeSpan.Zero) : null,
            Streams = Streams(scanned),
            Warnings = scanned.Warnings,
            Metadata = Metadata(scanned, headerBytes),
            Device =
                header.Width == EdfSampleWidth.Bdf && !header.IsEdfPlus ? new() { Manufacturer = "BioSemi" } : new(),
        };
    }

    private static IReadOnlyList<RecordedStream> Streams(EdfRecording scanned)
    {
        var groups = scanned.Header.RateGroups;
        if (groups.Count == 0)
        {
            return
            [
                new()
                {
                    Rate = new(1, 1),
                    Channels = [],
                    SampleCount = 0,
                    Annotations = EdfEvents.Of(scanned, null),
                },
            ];
        }
        var annotated = groups.MaxBy(group => group.SamplesPerRecord);
        return
        [
            .. groups.Select(group => new RecordedStream
            {
                Suffix = groups.Count == 1 ? "" : RateOf(group).ToString(),
                Rate = RateOf(group),
                OnsetSeconds = scanned.Segments[0].OnsetSeconds,
                Channels = [.. group.Signals.Select(Channel)],
                SampleCount = scanned.SampleCount(group),
                Annotations = ReferenceEquals(group, annotated) ? EdfEvents.Of(scanned, group) : [],
            }),
        ];
    }

    internal static RecordedRate RateOf(EdfRateGroup group) =>
        RecordedRate.Of(group.SamplesPerRecord, group.RecordDurationSeconds);

    private static RecordedChannel Channel(EdfSignal signal)
    {
        var line = signal.Calibration;
        return new(signal.Label, signal.Width == EdfSampleWidth.Bdf ? SampleType.Int24 : SampleType.Int16)
        {
            Unit = signal.Unit,
            Scale = line.Scale,
            Offset = line.Offset,
            Range = new(line.PhysicalMin, line.PhysicalMax, line.DigitalMin, line.DigitalMax),
            Transducer = signal.Transducer,
            Prefilter = signal.Prefilter,
        };
    }

    /// <summary>
    /// What the header says beyond the descriptor's own fields, so that an export can give it back.
    /// </summary>
    private static JsonObject Metadata(EdfRecording scanned, byte[] headerBytes)
    {
        var header = scanned.Header;
        var metadata = new JsonObject
        {
            ["variant"] = header.Variant.ToString(),
            ["patient"] = header.Patient,
            ["recording"] = header.Recording,
            ["startTime"] = header.StartTime is { } start ? $"{start:yyyy-MM-ddTHH:mm:ss}" : null,
            ["recordDurationSeconds"] = $"{header.RecordDurationSeconds}",
            ["recordCount"] = scanned.RecordCount,
        };
        EdfTemplate.Keep(metadata, headerBytes, scanned);
        return metadata;
    }
}
