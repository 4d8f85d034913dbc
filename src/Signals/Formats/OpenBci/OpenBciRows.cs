using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.OpenBci;

/// <summary>Walks the rows of a file. The values belong to the current row.</summary>
/// <param name="stream">The file; the caller's to dispose.</param>
/// <param name="warnings">Told of rows that are left out; null when they were told before.</param>
internal sealed class OpenBciRows(OpenBciHeader header, Stream stream, RecordingWarnings? warnings)
{
    private LineReader? lines;

    /// <summary>One for each column; NaN for columns of text.</summary>
    public double[] Values { get; } = new double[header.Columns.Count];

    /// <summary>Of the row, in bytes.</summary>
    public long Offset { get; private set; }

    /// <summary>Rows between the one before and this that were left out.</summary>
    public int LeftOut { get; private set; }

    public double SampleNumber => Values[0];

    /// <summary>Seconds since 1970; null where the file has none.</summary>
    public double? Timestamp =>
        header.TimestampColumn < 0 ? null
        : header.Columns[header.TimestampColumn]!.Unit == "ms" ? Values[header.TimestampColumn] / 1000
        : Values[header.TimestampColumn];

    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        if (lines is null)
        {
            stream.Position = header.DataOffset;
            lines = new(stream);
        }
        LeftOut = 0;
        while (await lines.NextAsync(cancellationToken) is { } line)
        {
            if (line.Text.Trim().Length == 0 || line.Text.StartsWith('%'))
            {
                continue;
            }
            Offset = header.DataOffset + line.Offset;
            if (Parse(line.Text))
            {
                return true;
            }
            LeftOut++;
            Warn(line.Text);
        }
        return false;
    }

    private bool Parse(string row)
    {
        string[] fields = header.RowFormat.Split(row);
        if (fields.Length != Values.Length)
        {
            return false;
        }
        for (int i = 0; i < Values.Length; i++)
        {
            if (header.Columns[i] is null)
            {
                Values[i] = double.NaN;
            }
            else if (!header.RowFormat.TryParse(fields[i], out Values[i]))
            {
                return false;
            }
        }
        return double.IsFinite(SampleNumber);
    }

    private void Warn(string row)
    {
        bool isCut = !lines!.IsEnded;
        warnings?.Add(
            isCut ? RecordingWarningKind.Truncated : RecordingWarningKind.LineMalformed,
            "row",
            Offset,
            $"'{row[..Math.Min(row.Length, 40)]}' has not {Values.Length} numbers; left out."
        );
    }
}
