using System.Globalization;
using System.Text.Json.Nodes;

namespace Dendrite.Signals.Formats.OpenBci;

/// <summary>Text files of the OpenBCI GUI, versions 1 to 6 (docs/formats.md).</summary>
public sealed class OpenBciFormat : IRecordingFormat
{
    private const int MaxMarkers = 1_000_000;

    public string Name => "OpenBCI";

    public IReadOnlyList<string> Extensions { get; } = [];

    public bool Matches(ReadOnlySpan<byte> start, string name) =>
        (start.StartsWith("\uFEFF"u8) ? start[3..] : start).StartsWith("%OpenBCI"u8);

    public async Task<RecordingReader> OpenAsync(IRecordingFiles files, CancellationToken cancellationToken)
    {
        var warnings = new RecordingWarnings();
        await using var stream = files.OpenMain();
        var header = await OpenBciHeader.ReadAsync(stream, warnings, cancellationToken);
        var counter = new OpenBciCounter();
        var rows = new OpenBciRows(header, stream, warnings);
        while (await rows.NextAsync(cancellationToken))
        {
            counter.Learn(rows.SampleNumber);
        }
        counter.Settle();
        var (described, start) = await DescribeAsync(header, counter, stream, warnings, cancellationToken);
        var recording = new Recording
        {
            Format = "OpenBCI",
            MetadataKey = "openBci",
            StartTime = start,
            Streams = [described],
            Warnings = warnings.ToList(),
            Metadata = new JsonObject
            {
                ["header"] = new JsonArray([.. header.Lines.Select(line => (JsonNode)line)]),
                ["countStep"] = counter.Step,
            },
            Device = new() { Manufacturer = "OpenBCI", Model = header.Board[(header.Board.IndexOf('$') + 1)..] },
        };
        return new OpenBciReader(files, recording, header, counter);
    }

    private static async Task<(RecordedStream Stream, DateTimeOffset? Start)> DescribeAsync(
        OpenBciHeader header,
        OpenBciCounter counter,
        Stream stream,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        var walk = new OpenBciWalk(header, counter.Copy(), new(header, stream, null));
        var markers = new List<RecordedAnnotation>();
        double? start = null;
        long missing = 0;
        while (await walk.NextAsync(cancellationToken))
        {
            start = start > 0 ? start : walk.Rows.Timestamp - (walk.Sample / (double)header.Rate.Hz);
            if (walk.Contradiction is { } problem)
            {
                warnings.Add(RecordingWarningKind.FieldsDisagree, "Sample Index", walk.Rows.Offset, problem);
            }
            missing += walk.Lost;
            if (walk.Lost > 0)
            {
                string numbers = $"Sample number {walk.Rows.SampleNumber} follows after a loss of {walk.Lost}; a gap.";
                warnings.Add(RecordingWarningKind.SamplesLost, "Sample Index", walk.Rows.Offset, numbers);
            }
            double marker = header.MarkerColumn < 0 ? 0 : walk.Rows.Values[header.MarkerColumn];
            if (marker != 0 && double.IsFinite(marker) && markers.Count < MaxMarkers)
            {
                string text = marker.ToString(CultureInfo.InvariantCulture);
                markers.Add(
                    new(text)
                    {
                        StartSample = walk.Sample,
                        DurationSeconds = 0,
                        Category = "marker",
                    }
                );
            }
        }
        var described = new RecordedStream
        {
            Rate = header.Rate,
            Channels = [.. header.Channels],
            SampleCount = walk.Sample + 1,
            MissingSampleCount = missing,
            Annotations = markers,
        };
        return (described, StartOf(start));
    }

    private static DateTimeOffset? StartOf(double? seconds) =>
        seconds is > 0 and < 7e9
            ? DateTimeOffset.UnixEpoch + TimeSpan.FromMilliseconds(Math.Round(seconds.Value * 1000))
            : null;
}
