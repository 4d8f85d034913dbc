using System.Text.RegularExpressions;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.OpenBci;

/// <summary>
/// The lines before the first sample: facts that begin with <c>%</c>, and names of columns where there are.
/// </summary>
internal sealed partial record OpenBciHeader
{
    private const int MaxHeaderLines = 1000;
    private const int AccelerometerAxes = 3;

    public required RecordedRate Rate { get; init; }

    /// <summary>As <c>OpenBCI_GUI$BoardCytonSerial</c>; empty in old files.</summary>
    public required string Board { get; init; }

    /// <summary>For each column of a row, its channel; null for one that is text.</summary>
    public required IReadOnlyList<RecordedChannel?> Columns { get; init; }

    /// <summary>How rows are written.</summary>
    public required OpenBciRowFormat RowFormat { get; init; }

    /// <summary>Place of the time stamp among the columns; -1 where there is none.</summary>
    public required int TimestampColumn { get; init; }

    /// <summary>Place of the markers; -1 where there are none.</summary>
    public required int MarkerColumn { get; init; }

    /// <summary>Where the first sample's line begins.</summary>
    public required long DataOffset { get; init; }

    /// <summary>All header lines as they stand.</summary>
    public required IReadOnlyList<string> Lines { get; init; }

    public IEnumerable<RecordedChannel> Channels => Columns.OfType<RecordedChannel>();

    /// <exception cref="RecordingFormatException">Rate, channels or samples are missing.</exception>
    public static async Task<OpenBciHeader> ReadAsync(
        Stream stream,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        var reader = new LineReader(stream);
        var facts = new List<TextLine>();
        TextLine? names = null;
        while (await reader.NextAsync(cancellationToken) is { } line)
        {
            if (line.Text.StartsWith('%') && facts.Count < MaxHeaderLines)
            {
                facts.Add(line);
            }
            else if (line.Text.Length > 0 && (char.IsLetter(line.Text[0]) || line.Text[0] == '\uFEFF'))
            {
                names = line;
            }
            else if (line.Text.Trim().Length > 0)
            {
                return Of(facts, names, line, warnings);
            }
        }
        throw new RecordingFormatException("rows", stream.Length, "The file has no samples.");
    }

    private static OpenBciHeader Of(List<TextLine> facts, TextLine? names, TextLine row, RecordingWarnings warnings)
    {
        var rate = Fact(facts, "Sample Rate");
        var channels = Fact(facts, "Number of channels");
        int count = (int)(channels with { Text = channels.Text.Split(' ')[0] }).ReadInteger(1, 1024);
        var format = OpenBciRowFormat.Of(row.Text);
        string[] fields = format.Split(row.Text);
        string[] columns = names is { } line
            ? [.. line.Text.Split(',').Select(name => name.Trim())]
            : OldColumns(fields, count);
        bool isSplitAtDecimals = names is null && !format.DecimalComma && IsSplitAtDecimals(fields, count);
        if (columns.Length != fields.Length || columns.Length < count + 1 || isSplitAtDecimals)
        {
            throw new RecordingFormatException(
                "columns",
                row.Offset,
                (names is null ? "" : $"{columns.Length} columns are named. ")
                    + $"The first row has {fields.Length} fields for {count} channels. "
                    + "Where commas mark decimals they cannot be told from separators: export with points."
            );
        }
        var labels = new UniqueLabels(new());
        return new()
        {
            Rate = (
                rate with
                {
                    Text = rate.Text.Replace("Hz", "", StringComparison.OrdinalIgnoreCase).Trim(),
                }
            ).ReadRate(),
            Board = facts.Any(fact => fact.Text.Contains("Board", StringComparison.Ordinal))
                ? Fact(facts, "Board").Text
                : "",
            Columns = [.. columns.Select((name, i) => Column(name, fields[i], i, labels))],
            RowFormat = format,
            TimestampColumn = Array.FindIndex(columns, name => name is "Timestamp" or "Unix Timestamp"),
            MarkerColumn = Array.FindIndex(
                columns,
                name => name.StartsWith("Marker", StringComparison.OrdinalIgnoreCase)
            ),
            DataOffset = row.Offset,
            Lines = [.. facts.Select(fact => fact.Text), .. names is { } l ? new[] { l.Text } : []],
        };
    }

    /// <summary>
    /// Files of before version 5 name no columns: the sample's number, the channels, three axes, other inputs, and at
    /// the end the time of day and the time stamp, or the time stamp alone.
    /// </summary>
    private static string[] OldColumns(string[] fields, int channels)
    {
        string[] columns = new string[fields.Length];
        bool hasClock = fields.Any(IsClock);
        for (int i = 0; i < columns.Length; i++)
        {
            int other = i - 1 - channels;
            columns[i] =
                i == 0 ? "Sample Index"
                : other < 0 ? $"EXG Channel {i - 1}"
                : IsClock(fields[i]) ? "Timestamp (Formatted)"
                : i == columns.Length - 1 && hasClock ? "Timestamp"
                : other < AccelerometerAxes ? $"Accel Channel {other}"
                : $"Other Channel {other - AccelerometerAxes}";
        }
        return columns;
    }

    /// <summary>
    /// Boards send no whole microvolts, and old files have points in every value: twice as many whole numbers as
    /// there are channels are those before and behind decimal commas.
    /// </summary>
    private static bool IsSplitAtDecimals(string[] fields, int channels) =>
        fields.Length > 2 * channels
        && !fields.Any(field => !IsClock(field) && field.Contains('.', StringComparison.Ordinal));

    private static RecordedChannel? Column(string name, string field, int index, UniqueLabels labels)
    {
        if (name.Contains("Formatted", StringComparison.OrdinalIgnoreCase) || IsClock(field))
        {
            return null;
        }
        bool isSignal =
            name.StartsWith("EXG", StringComparison.Ordinal) || name.StartsWith("EEG", StringComparison.Ordinal);
        return new(labels.Make(name, index, new("columns", 0, name)), SampleType.Float64)
        {
            Unit =
                isSignal ? "uV"
                : name.StartsWith("Accel", StringComparison.Ordinal) ? "g"
                : name == "Timestamp" ? (OpenBciRowFormat.IsMilliseconds(field) ? "ms" : "s")
                : "",
            Modality = isSignal ? "EXG" : "",
        };
    }

    private static bool IsClock(string field) => Clock().IsMatch(field.Trim());

    private static FieldText Fact(List<TextLine> facts, string name)
    {
        foreach (var line in facts)
        {
            string[] parts = line.Text.TrimStart('%').Split('=', 2);
            if (parts.Length == 2 && parts[0].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return new(name, line.Offset, parts[1].Trim());
            }
        }
        throw new RecordingFormatException(name, 0, $"Missing: a line '%{name} = ...' belongs at the beginning.");
    }

    [GeneratedRegex(
        @"^(\d{4}-\d\d-\d\d )?\d{1,2}:\d{1,2}:\d{1,2}([.,]\d+)?$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Clock();
}
