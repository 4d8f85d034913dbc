using System.Globalization;
using System.Text.RegularExpressions;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.Wfdb;

/// <summary>Reads headers: a line for the record, one for each signal or segment, and comments.</summary>
internal sealed partial class WfdbHeaderReader(string file, RecordingWarnings warnings)
{
    private const int MaxSignals = 65_536;
    private const int MaxSegments = 10_000;
    private const long MaxFrames = 1L << 45;
    private const string DefaultRate = "250";

    /// <summary>None has more digits.</summary>
    private const double MostBaseline = 1e10;

    public WfdbHeader Read(TextLines text)
    {
        var lines = text.Lines.Where(line => line.Text.Trim() is [not '#', ..]).ToList();
        if (lines.Count == 0)
        {
            throw new RecordingFormatException("record line", 0, "Missing: this is no WFDB header.", file);
        }
        var record = Field("record line", lines[0]);
        var match = RecordLine().Match(record.Text);
        if (!match.Success)
        {
            throw record.Refuse($"'{record.Text}' is not 'NAME SIGNALS RATE SAMPLES TIME DATE'.");
        }
        long signals = Part(record, match, "signals").ReadInteger(0, MaxSignals);
        long segments = match.Groups["segments"].Success
            ? Part(record, match, "segments").ReadInteger(1, MaxSegments)
            : 0;
        long expected = segments > 0 ? segments : signals;
        if (lines.Count - 1 < expected || (segments == 0 && signals == 0))
        {
            string what = segments > 0 ? "segments" : "signals";
            throw record.Refuse($"{expected} {what} and {lines.Count - 1} lines for them. Copy the header again.");
        }
        var described = lines.Skip(1).Take((int)expected).ToList();
        string frames = match.Groups["frames"].Value;
        return new()
        {
            Record = match.Groups["name"].Value,
            RecordLine = record,
            FrameRate = (record with { Text = Or(match.Groups["rate"].Value, DefaultRate) }).ReadRate(),
            FrameCount = frames.Length > 0 ? NullIfZero(Part(record, match, "frames").ReadInteger(0, MaxFrames)) : null,
            StartTime = ReadStart(record, match.Groups["time"].Value, match.Groups["date"].Value),
            Signals = segments > 0 ? [] : [.. described.Select(ReadSignal)],
            Segments = segments > 0 ? [.. described.Select(ReadSegment)] : [],
            Comments =
            [
                .. text
                    .Lines.Select(line => line.Text.Trim())
                    .Where(line => line is ['#', ..])
                    .Select(c => c[1..].Trim()),
            ],
        };
    }

    private WfdbSegmentEntry ReadSegment(TextLine line, int index)
    {
        var field = Field($"segment {index}", line);
        string[] parts = field.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return parts.Length >= 2
            ? new(field with { Text = parts[0] }, (field with { Text = parts[1] }).ReadInteger(0, MaxFrames))
            : throw field.Refuse($"'{field.Text}' is not 'NAME SAMPLES'.");
    }

    private WfdbSignal ReadSignal(TextLine line, int index)
    {
        var field = Field($"signal {index}", line);
        var match = SignalLine().Match(field.Text);
        if (!match.Success)
        {
            throw field.Refuse($"'{field.Text}' is not 'FILE FORMAT GAIN ... DESCRIPTION'.");
        }
        long Number(string name, long otherwise) =>
            match.Groups[name].Value.Length > 0
                ? (field with { Text = match.Groups[name].Value }).ReadInteger(int.MinValue, int.MaxValue)
                : otherwise;
        int zero = (int)Number("zero", 0);
        return new()
        {
            File = field with { Text = match.Groups["file"].Value },
            Format = (int)Number("format", 0),
            SamplesPerFrame = (int)Math.Clamp(Number("frame", 1), 1, 1 << 16),
            Skew = (int)Number("skew", 0),
            ByteOffset = Math.Max(0, Number("offset", 0)),
            Gain = ReadGain(field, match.Groups["gain"].Value),
            Baseline = (int)Number("baseline", zero),
            Unit = Or(match.Groups["unit"].Value, "mV"),
            AdcResolution = (int)Number("resolution", 0),
            AdcZero = zero,
            // Where it is missing, the format takes the converter's zero.
            InitialValue = (int)Number("initial", zero),
            Checksum = match.Groups["checksum"].Success ? unchecked((short)Number("checksum", 0)) : null,
            Description = match.Groups["description"].Value.Trim(),
        };
    }

    /// <summary>A gain that is missing or 0 means that the signal was not calibrated.</summary>
    private double ReadGain(FieldText field, string text)
    {
        double gain = text.Length > 0 ? (field with { Text = text }).ReadDouble() : 0;
        if (gain != 0 && double.IsFinite(MostBaseline / gain))
        {
            return gain;
        }
        warnings.Add(
            RecordingWarningKind.Uncalibrated,
            field.Name,
            field.Offset,
            $"No gain: not calibrated; {WfdbSignal.DefaultGain} steps a unit are taken, as WFDB does.",
            file
        );
        return WfdbSignal.DefaultGain;
    }

    private DateTimeOffset? ReadStart(FieldText field, string time, string date)
    {
        if (time.Length == 0 && date.Length == 0)
        {
            return null;
        }
        string[] clocks = [@"h\:m\:s", @"h\:m\:s\.FFFFFFF", @"m\:s", @"m\:s\.FFFFFFF"];
        bool isDate = DateTime.TryParseExact(
            date,
            "d/M/yyyy",
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out var day
        );
        bool isTime = TimeSpan.TryParseExact(time, clocks, CultureInfo.InvariantCulture, out var clock);
        if (isDate && isTime && day.Year is >= 1900 and <= 2199)
        {
            return new DateTimeOffset(day, TimeSpan.Zero) + clock;
        }
        warnings.Add(
            RecordingWarningKind.StartTimeUnknown,
            field.Name,
            field.Offset,
            $"'{time} {date}' is not both a time and a date (hh:mm:ss dd/mm/yyyy); the start time is unknown.",
            file
        );
        return null;
    }

    private FieldText Field(string name, TextLine line) => new(name, line.Offset, line.Text.Trim(), file);

    private static FieldText Part(FieldText field, Match match, string name) =>
        field with
        {
            Text = match.Groups[name].Value,
        };

    private static string Or(string text, string otherwise) => text.Length > 0 ? text : otherwise;

    private static long? NullIfZero(long value) => value == 0 ? null : value;

    [GeneratedRegex(
        @"^(?<name>[^\s/]+)(/(?<segments>\d+))?\s+(?<signals>\d+)(\s+(?<rate>[^\s/]+)(/\S*)?(\s+(?<frames>\d+)"
            + @"(\s+(?<time>[\d:.]+)(\s+(?<date>[\d/]+))?)?)?)?\s*$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex RecordLine();

    [GeneratedRegex(
        @"^(?<file>\S+)\s+(?<format>\d{1,4})(x(?<frame>\d{1,5}))?(:(?<skew>\d{1,9}))?(\+(?<offset>\d{1,9}))?"
            + @"(\s+(?<gain>[-+.\deE]+)(\((?<baseline>-?\d{1,10})\))?(/(?<unit>\S+))?(\s+(?<resolution>-?\d{1,9})"
            + @"(\s+(?<zero>-?\d{1,10})(\s+(?<initial>-?\d{1,10})(\s+(?<checksum>-?\d{1,10})(\s+(?<block>-?\d+)"
            + @"(\s+(?<description>.*))?)?)?)?)?)?)?\s*$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex SignalLine();
}
