using System.Buffers;
using System.Text;

namespace Dendrite.Records.Reading;

/// <summary>
/// Cuts characters into rows and fields, as RFC 4180 has it: <c>"</c> around a field, <c>""</c> for one in it, and a
/// row may go over several lines. Line ends are CRLF, LF or CR. Bounded memory: one row at a time.
/// </summary>
/// <remarks>
/// A parser of our own, since what the usual ones leave out is what is needed here: whether a field was quoted (null or
/// empty text), on which line a row begins, and to go on after a row that is broken.
/// </remarks>
internal sealed class CsvParser(char delimiter)
{
    /// <summary>Longest row in characters: what is longer is a file whose quotes are broken.</summary>
    public const int MaxRowLength = 4_000_000;

    private static readonly SearchValues<char> QuotedEnds = SearchValues.Create("\"\r\n");
    private readonly SearchValues<char> plainEnds = SearchValues.Create([delimiter, '"', '\r', '\n']);
    private readonly StringBuilder field = new();
    private readonly List<CsvField> fields = [];
    private State state = State.RowStart;
    private long line = 1;
    private int rowLength;
    private bool afterReturn;

    private enum State
    {
        RowStart,
        FieldStart,
        Plain,
        Quoted,
        QuoteInQuoted,
        Broken,
    }

    /// <summary>Fields of the row that was read last.</summary>
    public IReadOnlyList<CsvField> Fields => fields;

    /// <summary>Line on which that row begins, from 1.</summary>
    public long RowLine { get; private set; } = 1;

    /// <summary>Line of the next character, from 1.</summary>
    public long Line => line;

    /// <summary>Why that row cannot be read; null where it can.</summary>
    public string? Problem { get; private set; }

    /// <summary>
    /// Whether that row is broken within quotes: where they should end, and so what follows, nobody knows.
    /// </summary>
    public bool IsLost { get; private set; }

    /// <summary>Takes characters until a row is complete; false where there are not enough.</summary>
    public bool TryReadRow(ref ReadOnlySpan<char> characters)
    {
        while (!characters.IsEmpty)
        {
            if (TakeRun(characters) is var run and > 0)
            {
                characters = characters[run..];
                continue;
            }

            var isRow = Take(characters[0]);
            characters = characters[1..];
            if (isRow)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The end of the document: true where it ends a row.</summary>
    public bool TryFinish()
    {
        switch (state)
        {
            case State.RowStart:
                return false;
            case State.Quoted:
                Problem = "ends inside quotes; close them";
                IsLost = true;
                break;
            case State.Broken:
                break;
            default:
                EndField();
                break;
        }

        state = State.RowStart;
        return true;
    }

    /// <summary>Takes what means nothing but itself within a field; 0 where nothing does.</summary>
    private int TakeRun(ReadOnlySpan<char> characters)
    {
        if (state is not (State.Plain or State.Quoted))
        {
            return 0;
        }

        var end = characters.IndexOfAny(state == State.Plain ? plainEnds : QuotedEnds);
        var run = Math.Min(end < 0 ? characters.Length : end, MaxRowLength - rowLength);
        field.Append(characters[..run]);
        rowLength += run;
        return run;
    }

    private bool Take(char character)
    {
        if (afterReturn)
        {
            afterReturn = false;
            if (character == '\n')
            {
                return false;
            }
        }

        if (state == State.RowStart)
        {
            if (character is '\n' or '\r')
            {
                // An empty line is no row: editors leave one at the end.
                CountLine(character);
                return false;
            }

            BeginRow();
        }

        if (++rowLength > MaxRowLength && state != State.Broken)
        {
            IsLost = state == State.Quoted || (state == State.QuoteInQuoted && character == '"');
            Break($"is longer than {MaxRowLength} characters; check its quotes");
            if (IsLost)
            {
                return true;
            }
        }

        return state == State.Quoted ? TakeQuoted(character) : TakeUnquoted(character);
    }

    private void BeginRow()
    {
        fields.Clear();
        field.Clear();
        Problem = null;
        RowLine = line;
        rowLength = 0;
        state = State.FieldStart;
    }

    private bool TakeQuoted(char character)
    {
        if (character == '"')
        {
            state = State.QuoteInQuoted;
            return false;
        }

        // CRLF is one line end, as it is outside of quotes.
        if (character == '\r' || (character == '\n' && (field.Length == 0 || field[^1] != '\r')))
        {
            line++;
        }

        field.Append(character);
        return false;
    }

    private bool TakeUnquoted(char character)
    {
        if (character is '\n' or '\r')
        {
            return EndRow(character);
        }

        switch (state)
        {
            case State.QuoteInQuoted when character == '"':
                field.Append('"');
                state = State.Quoted;
                break;
            case State.FieldStart when character == '"':
                state = State.Quoted;
                break;
            case State.Broken:
                break;
            case State.QuoteInQuoted or State.FieldStart or State.Plain when character == delimiter:
                EndField();
                state = State.FieldStart;
                break;
            case State.QuoteInQuoted:
                Break("has characters after a closing quote; double a quote that is part of the text");
                break;
            case State.Plain when character == '"':
                Break("has a quote inside a field without quotes; put the field in quotes and double that one");
                break;
            default:
                field.Append(character);
                state = State.Plain;
                break;
        }

        return false;
    }

    private bool EndRow(char character)
    {
        if (state != State.Broken)
        {
            EndField();
        }

        CountLine(character);
        state = State.RowStart;
        return true;
    }

    private void EndField()
    {
        fields.Add(new(field.ToString(), state == State.QuoteInQuoted));
        field.Clear();
    }

    private void Break(string problem)
    {
        Problem = problem;
        fields.Clear();
        field.Clear();
        state = State.Broken;
    }

    private void CountLine(char character)
    {
        line++;
        afterReturn = character == '\r';
    }
}
