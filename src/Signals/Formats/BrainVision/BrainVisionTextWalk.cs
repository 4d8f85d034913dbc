using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.BrainVision;

/// <summary>Walks the numbers of a text data file and knows which channel and sample each is.</summary>
internal sealed class BrainVisionTextWalk
{
    private const int MaxSkipped = 1000;

    private readonly BrainVisionHeader header;
    private readonly TextNumbers numbers;
    private readonly int skippedLines;
    private readonly int skippedColumns;

    // Of the file, those that are skipped included.
    private long line = -1;
    private long column = -1;
    private bool? separatedByCommas;

    public BrainVisionTextWalk(BrainVisionHeader header, Stream data)
    {
        this.header = header;
        numbers = new(data, header.DataFile.Text, header.Ini.Find("ASCII Infos", "DecimalSymbol").Text == ",");
        skippedLines = Skipped("SkipLines");
        skippedColumns = Skipped("SkipColumns");
        data.Position = 0;
    }

    public int Channel => (int)(header.Vectorized ? Row : Column);

    public long Sample => header.Vectorized ? Column : Row;

    /// <summary>Of the number, in bytes.</summary>
    public long Offset => numbers.Offset;

    /// <summary>The file ends with the number, perhaps inside it.</summary>
    public bool EndsFile => numbers.EndsFile;

    private long Row => line - skippedLines;

    private long Column => column - skippedColumns;

    /// <summary>Goes on from the number of a channel at a sample, which is at <paramref name="offset"/>.</summary>
    public void MoveTo(long offset, int channel, long sample)
    {
        numbers.MoveTo(offset);
        line = skippedLines + (header.Vectorized ? channel : sample);
        column = skippedColumns - 1 + (header.Vectorized ? sample : channel);
    }

    /// <summary>Goes on to the next number; false at the end.</summary>
    /// <exception cref="RecordingFormatException">
    /// More or fewer values than channels, but for the last line, in which a file that was cut short ends.
    /// </exception>
    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        while (await numbers.NextAsync(cancellationToken))
        {
            if (numbers.StartsLine)
            {
                CheckLine();
                (line, column) = (line + 1, -1);
            }
            column++;
            if (Row < 0 || Column < 0)
            {
                continue;
            }
            return Channel < header.Channels.Count
                ? true
                : throw Refuse($"A value of channel {Channel + 1}; the header has {header.Channels.Count}.");
        }
        return false;
    }

    public double ReadNumber() => numbers.ReadNumber();

    /// <summary>
    /// Values stand between blanks, or all between commas: one among blanks marks decimals, and two leave a value out.
    /// </summary>
    /// <exception cref="RecordingFormatException">What they are cannot be known.</exception>
    public void CheckSeparator()
    {
        bool isComma = numbers.Commas > 0;
        bool isLeftOut = numbers.Commas > (numbers.StartsLine ? 0 : 1);
        if (isLeftOut || (Column > 0 && isComma != (separatedByCommas ??= isComma)))
        {
            throw Refuse("Neither blanks nor commas alone separate the values, and DecimalSymbol is not ','.");
        }
    }

    private void CheckLine()
    {
        if (!header.Vectorized && Row >= 0 && Column != header.Channels.Count - 1)
        {
            throw Refuse($"Line {line + 1} has {Column + 1} values for {header.Channels.Count} channels.");
        }
    }

    private int Skipped(string key)
    {
        var field = header.Ini.Find("ASCII Infos", key);
        return field.Text.Length == 0 ? 0 : (int)field.ReadInteger(0, MaxSkipped);
    }

    private RecordingFormatException Refuse(string problem) =>
        new("sample", numbers.Offset, $"{problem} Export the recording again.", header.DataFile.Text);
}
