namespace Dendrite.Records.Reading;

/// <summary>The rows of a CSV document, the line of names among them, one after the other.</summary>
public sealed class CsvRows(Stream document, CsvFormat format) : IDisposable
{
    private readonly CharacterSource source = new(document, format.Encoding);
    private readonly CsvParser parser = new(format.Delimiter);
    private ReadOnlyMemory<char> rest;
    private bool isAtEnd;

    /// <summary>Fields of the current row.</summary>
    public IReadOnlyList<CsvField> Fields => parser.Fields;

    /// <summary>Line on which it begins, from 1.</summary>
    public long Line => parser.RowLine;

    /// <summary>Line up to which was read, from 1: where the next row begins, or one is that is not complete.</summary>
    public long LineOfReading => parser.Line;

    /// <summary>Why it cannot be read; null where it can.</summary>
    public string? Problem => parser.Problem;

    /// <summary>Whether the current row ends within quotes: then it is the last, and what follows is unknown.</summary>
    public bool IsLost => parser.IsLost;

    /// <summary>Goes to the next row; false at the end.</summary>
    /// <exception cref="System.Text.DecoderFallbackException">The bytes are not of the encoding.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (IsLost)
        {
            return false;
        }

        while (!isAtEnd)
        {
            if (TryTake())
            {
                return true;
            }

            rest = await source.ReadAsync(cancellationToken);
            isAtEnd = rest.IsEmpty;
        }

        return parser.TryFinish();
    }

    public void Dispose() => source.Dispose();

    private bool TryTake()
    {
        var characters = rest.Span;
        var isRow = parser.TryReadRow(ref characters);
        rest = rest[^characters.Length..];
        return isRow;
    }
}
