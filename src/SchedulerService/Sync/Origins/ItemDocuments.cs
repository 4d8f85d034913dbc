using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Dendrite.Records.Reading;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>The items of a document in one of the forms in which sources give them.</summary>
internal static class ItemDocuments
{
    /// <summary>Largest item: with the rest of its batch it goes into one message.</summary>
    public const int MaxItemBytes = 1 << 20;

    private const string NoObjectFault = "is no JSON object; an item is {\"field\": value, ...}";

    /// <summary>What is kept of something that is no item.</summary>
    private const int MaxShown = 1_000;

    private static readonly string TooLargeFault = $"is larger than {MaxItemBytes} bytes; make it smaller";

    /// <summary>
    /// The items of a JSON document; all of it is in memory. Many a server writes an empty list as null.
    /// </summary>
    public static IReadOnlyList<SourceItem> OfJson(JsonElement list) =>
        list.ValueKind switch
        {
            JsonValueKind.Array => [.. list.EnumerateArray().Select((item, i) => OfElement(item, $"item {i + 1}"))],
            JsonValueKind.Null => [],
            _ => [OfElement(list, "the document")],
        };

    /// <summary>The items of a document that is read line by line, in bounded memory.</summary>
    public static IAsyncEnumerable<SourceItem> ReadAsync(
        Stream document,
        HttpFormat format,
        CancellationToken cancellationToken
    ) =>
        format == HttpFormat.Csv
            ? ReadCsvAsync(document, cancellationToken)
            : ReadLinesAsync(document, cancellationToken);

    /// <summary>
    /// Throws where a document of JSON lines ends within a line: what sent it gave half of it and said it was all.
    /// </summary>
    /// <exception cref="JsonException">It is cut off.</exception>
    public static void RequireWhole(Stream document)
    {
        const int Tail = 64 << 10;
        var from = Math.Max(0, document.Length - Tail);
        document.Position = from;
        var bytes = new byte[(int)(document.Length - from)];
        document.ReadExactly(bytes);
        document.Position = 0;
        var last = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        if (bytes.AsSpan(last).ContainsAnyExcept(" \t\r\0"u8) && (last > 0 || from == 0))
        {
            using var line = JsonDocument.Parse(bytes.AsMemory(last));
        }
    }

    private static async IAsyncEnumerable<SourceItem> ReadLinesAsync(
        Stream document,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var pipe = PipeReader.Create(document, new(bufferSize: 64 << 10, leaveOpen: true));
        for (var (line, skipping) = (1L, false); ; )
        {
            var read = await pipe.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                if (!skipping && OfLine(rest.Slice(0, end), line) is { } item)
                {
                    yield return item;
                }

                rest = rest.Slice(rest.GetPosition(1, end));
                (line, skipping) = (line + 1, false);
            }

            if (rest.Length > MaxItemBytes)
            {
                if (!skipping)
                {
                    yield return TooLarge(rest, line);
                }

                (rest, skipping) = (rest.Slice(rest.End), true);
            }

            if (read.IsCompleted)
            {
                if (!skipping && OfLine(rest, line) is { } last)
                {
                    yield return last;
                }

                yield break;
            }

            pipe.AdvanceTo(rest.Start, rest.End);
        }
    }

    private static SourceItem? OfLine(ReadOnlySequence<byte> bytes, long line)
    {
        if (bytes.Length > MaxItemBytes)
        {
            return TooLarge(bytes, line);
        }

        var text = Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF');
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        try
        {
            return OfElement(JsonSerializer.Deserialize<JsonElement>(text), $"line {line}");
        }
        catch (JsonException failure)
        {
            return SourceItem.Bad(
                Shown(text),
                $"line {line}",
                $"is no JSON at character {failure.BytePositionInLine + 1}; write one object a line"
            );
        }
    }

    private static SourceItem TooLarge(ReadOnlySequence<byte> bytes, long line) =>
        SourceItem.Bad(
            Shown(Encoding.UTF8.GetString(bytes.Slice(0, Math.Min(MaxShown, bytes.Length)))),
            $"line {line}",
            TooLargeFault
        );

    private static SourceItem OfElement(JsonElement item, string place)
    {
        var raw = item.GetRawText();
        if (Encoding.UTF8.GetByteCount(raw) > MaxItemBytes)
        {
            return SourceItem.Bad(Shown(raw), place, TooLargeFault);
        }

        return item.ValueKind == JsonValueKind.Object
            ? new(item, isText: false)
            : new(item, isText: false)
            {
                IsNone = true,
                Problem = $"{place} {NoObjectFault}",
                Fault = NoObjectFault,
            };
    }

    private static async IAsyncEnumerable<SourceItem> ReadCsvAsync(
        Stream document,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var format = new CsvFormat();
        using var rows = new CsvRows(document, format);
        if (!await rows.ReadAsync(cancellationToken))
        {
            yield break;
        }

        string[] names = [.. rows.Fields.Select(field => field.Text)];
        while (await rows.ReadAsync(cancellationToken))
        {
            yield return OfRow(rows, names, format);
        }
    }

    private static SourceItem OfRow(CsvRows rows, string[] names, CsvFormat format)
    {
        if (rows.Problem is { } problem)
        {
            return SourceItem.Bad("", $"line {rows.Line}", problem);
        }

        if (rows.Fields.Count != names.Length)
        {
            return SourceItem.Bad(
                Shown(string.Join(',', rows.Fields.Select(field => field.Text))),
                $"line {rows.Line}",
                $"has {rows.Fields.Count} fields; the first line has {names.Length}"
            );
        }

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            for (var i = 0; i < names.Length; i++)
            {
                writer.WriteString(names[i], format.IsNull(rows.Fields[i]) ? null : rows.Fields[i].Text);
            }

            writer.WriteEndObject();
        }

        return buffer.Length > MaxItemBytes
            ? SourceItem.Bad("", $"line {rows.Line}", TooLargeFault)
            : new(
                JsonSerializer.Deserialize<JsonElement>(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)),
                isText: true
            );
    }

    private static string Shown(string text) => text.Length <= MaxShown ? text : text[..MaxShown];
}
