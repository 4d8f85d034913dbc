using System.Text;
using System.Text.Json;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;

namespace Dendrite.Records.Reading;

/// <summary>Records of a document with a JSON object on each line, in UTF-8.</summary>
public sealed class JsonLinesRecordSource(Stream document, DatasetDefinition definition) : RecordSource(definition)
{
    private readonly CharacterSource source = new(document, TextEncodings.Find("utf-8")!);
    private readonly StringBuilder line = new();
    private ReadOnlyMemory<char> rest;
    private long nextLine = 1;

    protected override long LineOfReading => Line;

    protected override async ValueTask<bool> ReadRowAsync(CancellationToken cancellationToken)
    {
        while (await ReadLineAsync(cancellationToken))
        {
            if (line.Length > CsvParser.MaxRowLength)
            {
                Refuse($"is longer than {CsvParser.MaxRowLength} characters");
                return true;
            }

            var text = line.ToString();
            if (text.AsSpan().IsWhiteSpace())
            {
                continue;
            }

            FillDraft(text);
            return true;
        }

        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
        }
    }

    private async ValueTask<bool> ReadLineAsync(CancellationToken cancellationToken)
    {
        Line = nextLine++;
        line.Clear();
        while (!IsAtEnd)
        {
            var end = rest.Span.IndexOf('\n');
            Append(end < 0 ? rest.Span : rest.Span[..end]);
            if (end >= 0)
            {
                rest = rest[(end + 1)..];
                return true;
            }

            rest = await source.ReadAsync(cancellationToken);
            IsAtEnd = rest.IsEmpty;
        }

        return line.Length > 0;
    }

    // A line that is too long is counted to its end and not kept.
    private void Append(ReadOnlySpan<char> part)
    {
        if (line.Length <= CsvParser.MaxRowLength)
        {
            line.Append(part);
        }
    }

    private void FillDraft(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                Refuse("is no JSON object; write a record as {\"column\": value, ...}");
                return;
            }

            Draft.Begin();
            var named = new HashSet<string>(StringComparer.Ordinal);
            foreach (var member in json.RootElement.EnumerateObject())
            {
                if (CanonicalJson.NameOf(member, out var problem) is { } name)
                {
                    Set(named, name, member.Value);
                }
                else
                {
                    Refuse(problem!);
                }
            }
        }
        catch (JsonException failure)
        {
            Refuse($"is no JSON at character {failure.BytePositionInLine + 1}");
        }
    }

    private void Set(HashSet<string> named, string column, JsonElement value)
    {
        var input = CellInput.OfJson(value, out var problem);
        if (!named.Add(column))
        {
            Refuse($"{CellParser.Show(column)} is named twice", column);
        }
        else if (problem is not null)
        {
            Refuse(problem, column);
        }
        else
        {
            Draft.Set(column, input);
        }
    }
}
