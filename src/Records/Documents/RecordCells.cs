using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Keys;

namespace Dendrite.Records.Documents;

/// <summary>The values of one record in the order of its dataset's columns; null is null.</summary>
/// <param name="Definition">The columns as the reader sees them.</param>
/// <param name="Values">As many as there are columns.</param>
public readonly record struct RecordCells(DatasetDefinition Definition, ImmutableArray<CellValue?> Values)
{
    /// <summary>
    /// Reads a stored document: former types are widened, and records older than a column get what it says of them.
    /// </summary>
    /// <param name="document">UTF-8 JSON, also as <c>jsonb</c> spells it.</param>
    /// <exception cref="FormatException">It is no document of this dataset: the database is damaged.</exception>
    public static RecordCells Read(DatasetDefinition definition, ReadOnlyMemory<byte> document)
    {
        using var json = JsonDocument.Parse(document);
        var values = ImmutableArray.CreateBuilder<CellValue?>(definition.Columns.Length);
        Span<byte> name = stackalloc byte[sizeof(int) * 3];
        foreach (var column in definition.Columns)
        {
            Utf8Formatter.TryFormat(column.Number, name, out var length);
            values.Add(
                json.RootElement.TryGetProperty(name[..length], out var stored)
                    ? column.Read(stored)
                    : column.ReadMissing()
            );
        }

        return new(definition, values.MoveToImmutable());
    }

    /// <summary>As the other one, of a document in memory.</summary>
    public static RecordCells Read(DatasetDefinition definition, RecordDocument document) =>
        Read(definition, Encoding.UTF8.GetBytes(document.ToJson()));

    /// <summary>The value in a column; null also for a column that is not there.</summary>
    public CellValue? this[int columnNumber]
    {
        get
        {
            for (var i = 0; i < Values.Length; i++)
            {
                if (Definition.Columns[i].Number == columnNumber)
                {
                    return Values[i];
                }
            }

            return null;
        }
    }

    /// <summary>The key's values in order.</summary>
    /// <exception cref="InvalidOperationException">One is null, which validation refuses.</exception>
    public ImmutableArray<CellValue> KeyValues()
    {
        var values = ImmutableArray.CreateBuilder<CellValue>(Definition.Key.Length);
        foreach (var number in Definition.Key)
        {
            values.Add(this[number] ?? throw new InvalidOperationException("A key is null."));
        }

        return values.MoveToImmutable();
    }

    /// <summary>The key as it is stored.</summary>
    public byte[] EncodeKey() => RecordKey.Encode(KeyValues().AsSpan());

    /// <summary>
    /// The document to store. Nulls are left out, save where leaving out would mean what older records have.
    /// </summary>
    /// <param name="former">The document that it takes the place of, whose unknown cells are kept; null: none.</param>
    public RecordDocument ToDocument(RecordDocument? former = null)
    {
        var cells = (former ?? RecordDocument.Empty).Cells.ToBuilder();
        for (var i = 0; i < Values.Length; i++)
        {
            var column = Definition.Columns[i];
            if (Values[i] is { } value)
            {
                cells[column.Number] = value.ToJson();
            }
            else if (column.Fill is not null)
            {
                cells[column.Number] = "null";
            }
            else
            {
                cells.Remove(column.Number);
            }
        }

        return RecordDocument.Of(cells);
    }

    /// <summary>The text of <see cref="ToDocument"/> in UTF-8.</summary>
    /// <inheritdoc cref="ToDocument"/>
    public byte[] ToUtf8(RecordDocument? former = null) =>
        former is null && DocumentWriter.TryWrite(this) is { } written
            ? written
            : Encoding.UTF8.GetBytes(ToDocument(former).ToJson());

    /// <summary>Whether each column has the same value.</summary>
    public bool HasSameValues(RecordCells other) => Values.SequenceEqual(other.Values);
}
