using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.OpenBci;

/// <summary>Walks the rows of a file, one row ahead. The values belong to the current row.</summary>
/// <param name="stream">The file; the caller's to dispose.</param>
/// <param name="warnings">Told of rows that are left out; null when they were told before.</param>
internal sealed class OpenBciRows(OpenBciHeader header, Stream stream, RecordingWarnings? warnings)
{
    private LineReader? lines;
    private Row current = new(header);
    private Row following = new(header);

    /// <summary>Characters of the last field of the row before.</summary>
    private int lastWidth;

    /// <summary>One for each column; NaN for columns of text.</summary>
    public double[] Values => current.Values;

    /// <summary>Of the row, in bytes.</summary>
    public long Offset => current.Offset;

    /// <summary>Rows between the one before and this that were left out.</summary>
    public int LeftOut => current.LeftOut;

    public double SampleNumber => current.Values[0];

    /// <summary>Of the row after this one; null behind the last.</summary>
    public double? NextNumber => following.IsThere ? following.Values[0] : null;

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
            await ReadAsync(cancellationToken);
        }
        (current, following) = (following, current);
        if (current.IsThere)
        {
            await ReadAsync(cancellationToken);
        }
        return current.IsThere;
    }

    /// <summary>The row after this one comes first, and this one after it.</summary>
    public void Swap()
    {
        (current.Values, following.Values) = (following.Values, current.Values);
        (current.Offset, following.Offset) = (following.Offset, current.Offset);
    }

    /// <summary>Reads the row that follows.</summary>
    private async ValueTask ReadAsync(CancellationToken cancellationToken)
    {
        (following.IsThere, following.LeftOut) = (false, 0);
        while (await lines!.NextAsync(cancellationToken) is { } line)
        {
            if (line.Text.Trim().Length == 0 || line.Text.StartsWith('%'))
            {
                continue;
            }
            following.Offset = header.DataOffset + line.Offset;
            if (Parse(line.Text))
            {
                following.IsThere = true;
                return;
            }
            following.LeftOut++;
            Warn(line.Text);
        }
    }

    private bool Parse(string row)
    {
        double[] values = following.Values;
        string[] fields = header.RowFormat.Split(row);
        // Recorders end every row: one without end lost some of its last field, of which what is left is a number too.
        // Where that field is a text, nothing that counts was lost.
        bool isCut = !lines!.IsEnded && fields[^1].Length < lastWidth && header.Columns[^1] is not null;
        if (fields.Length != values.Length || isCut)
        {
            return false;
        }
        lastWidth = fields[^1].Length;
        for (int i = 0; i < values.Length; i++)
        {
            if (header.Columns[i] is null)
            {
                values[i] = double.NaN;
            }
            else if (!header.RowFormat.TryParse(fields[i], out values[i]))
            {
                return false;
            }
        }
        return double.IsFinite(values[0]);
    }

    private void Warn(string row)
    {
        bool isCut = !lines!.IsEnded;
        warnings?.Add(
            isCut ? RecordingWarningKind.Truncated : RecordingWarningKind.LineMalformed,
            "row",
            following.Offset,
            $"'{row[..Math.Min(row.Length, 40)]}' has not {following.Values.Length} numbers, or not all of the last; "
                + "left out."
        );
    }

    private sealed class Row(OpenBciHeader header)
    {
        public double[] Values { get; set; } = new double[header.Columns.Count];

        public long Offset { get; set; }

        public int LeftOut { get; set; }

        public bool IsThere { get; set; }
    }
}
