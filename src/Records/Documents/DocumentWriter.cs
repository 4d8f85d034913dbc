using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dendrite.Records.Documents;

/// <summary>
/// Writes documents that take no other's place straight to UTF-8: a load brings them by the million, and a sorted map
/// of texts for each is most of what it costs.
/// </summary>
internal static class DocumentWriter
{
    /// <summary>Bytes of a thread's buffer; what a larger document made of it is not kept.</summary>
    private const int MostKept = 64 << 10;

    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? json;

    /// <summary>
    /// The document of a record; null where its columns do not stand in the order of their numbers, which is that of a
    /// document's cells.
    /// </summary>
    public static byte[]? TryWrite(RecordCells cells)
    {
        buffer = buffer is { Capacity: <= MostKept } ? buffer : new();
        json ??= new(buffer, Options);
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        json.WriteStartObject();
        Span<byte> name = stackalloc byte[sizeof(int) * 3];
        var last = int.MinValue;
        for (var i = 0; i < cells.Values.Length; i++)
        {
            var column = cells.Definition.Columns[i];
            if (column.Number <= last)
            {
                return null;
            }

            last = column.Number;
            if (cells.Values[i] is null && column.Fill is null)
            {
                continue;
            }

            Utf8Formatter.TryFormat(column.Number, name, out var length);
            json.WritePropertyName(name[..length]);
            if (cells.Values[i] is { } value)
            {
                value.Write(json);
            }
            else
            {
                json.WriteNullValue();
            }
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
