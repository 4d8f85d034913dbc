using System.Globalization;
using System.Text.Json.Nodes;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.BrainVision;

/// <summary>
/// The markers of a recording: <c>Mk1=Type,Description,Position,Size,Channel,Date</c>. Positions are in samples, the
/// first being 1. A <c>New Segment</c> with a date says when its sample was taken: the first one when the recording
/// began, a later one that it was paused.
/// </summary>
internal sealed class BrainVisionMarkers(BrainVisionHeader header, string file, RecordingWarnings warnings)
{
    private const string NewSegment = "New Segment";
    private const int MaxMarkers = 1_000_000;

    /// <summary>To the second, and where the recorder says so to the microsecond.</summary>
    private static readonly string[] DateFormats = ["yyyyMMddHHmmssffffff", "yyyyMMddHHmmssfff", "yyyyMMddHHmmss"];

    private readonly List<RecordedAnnotation> annotations = [];
    private readonly List<RecordedAnchor> anchors = [];

    public IReadOnlyList<RecordedAnnotation> Annotations => annotations;

    /// <summary>Around each pause; empty where there is none.</summary>
    public IReadOnlyList<RecordedAnchor> Anchors => anchors;

    /// <summary>When sample 0 was taken; null where no marker says.</summary>
    public DateTimeOffset? StartTime { get; private set; }

    public void Read(TextLines text)
    {
        var ini = BrainVisionIni.Parse(text, file, warnings);
        foreach (var (_, field) in ini.Section("Marker Infos"))
        {
            if (annotations.Count == MaxMarkers)
            {
                Warn(RecordingWarningKind.AnnotationsTooMany, field, $"After {MaxMarkers} others; left out.");
                continue;
            }
            Read(field);
        }
    }

    private void Read(FieldText field)
    {
        string[] fields = BrainVisionIni.Fields(field);
        string Field(int index) => fields.ElementAtOrDefault(index) ?? "";
        if (!long.TryParse(Field(2), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long position))
        {
            Warn(RecordingWarningKind.LineMalformed, field, $"'{Field(2)}' is no position; left out.");
            return;
        }
        var (type, description, sample) = (Field(0), Field(1), position - 1);
        var annotation = new RecordedAnnotation(description.Length > 0 ? description : Fallback(type))
        {
            StartSample = sample,
            DurationSeconds = ReadDuration(Field(3)),
            Category = type,
            Channels = ReadChannel(Field(4)),
            Metadata = Field(5).Length > 0 ? new JsonObject { ["date"] = Field(5) } : null,
        };
        annotations.Add(annotation);
        if (type.Equals(NewSegment, StringComparison.OrdinalIgnoreCase))
        {
            Anchor(field, sample, ReadDate(Field(5)));
        }
    }

    private static string Fallback(string type) => type.Length > 0 ? type : "marker";

    /// <summary>A marker of one sample, or of none, is an instant.</summary>
    private decimal? ReadDuration(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long size)
            ? (size <= 1 ? 0 : header.Rate.SecondsAt(size))
            : null;

    private IReadOnlyList<string> ReadChannel(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        && number >= 1
        && number <= header.Channels.Count
            ? [header.Channels[number - 1].Label]
            : [];

    /// <summary>Zeros where it is not known.</summary>
    private static DateTimeOffset? ReadDate(string text)
    {
        bool isDate = DateTime.TryParseExact(
            text,
            DateFormats,
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out var date
        );
        return isDate && date.Year is >= 1900 and <= 2199 ? new(date, TimeSpan.Zero) : null;
    }

    private void Anchor(FieldText field, long sample, DateTimeOffset? date)
    {
        if (date is not { } instant || sample < -1)
        {
            return;
        }
        if (sample == -1)
        {
            Warn(RecordingWarningKind.FieldIgnored, field, "Position 0 is before the first sample, 1; taken as that.");
            sample = 0;
        }
        if (sample == 0 || (StartTime is null && anchors.Count == 0))
        {
            StartTime ??= instant - TimeSpan.FromTicks((long)(header.Rate.SecondsAt(sample) * TimeSpan.TicksPerSecond));
            return;
        }
        decimal seconds = (decimal)(instant - StartTime!.Value).Ticks / TimeSpan.TicksPerSecond;
        var before = anchors.Count > 0 ? anchors[^1] : new(0, 0);
        decimal last = before.Seconds + header.Rate.SecondsAt(sample - 1 - before.Sample);
        if (sample <= before.Sample || seconds <= last)
        {
            Warn(
                RecordingWarningKind.FieldsDisagree,
                field,
                "Its date lies before that of the sample before it; the date is not used."
            );
            return;
        }
        // Time runs evenly up to the pause and jumps there.
        if (sample - 1 > before.Sample || anchors.Count == 0)
        {
            anchors.Add(new(sample - 1, last));
        }
        anchors.Add(new(sample, seconds));
    }

    private void Warn(RecordingWarningKind kind, FieldText field, string message) =>
        warnings.Add(kind, field.Name, field.Offset, message, field.File);
}
