using System.Text.Json;
using System.Text.Json.Nodes;
using Dendrite.Backups.Format;
using Dendrite.Storage.Records;

namespace Dendrite.SchedulerService.Backups.Restoring;

/// <summary>
/// Rows of a chunk under the numbers that they have here. What a row may hold is said by its table in the database;
/// here only columns with numbers are looked at, and what digests vouch for. Pure.
/// </summary>
internal static class RowRestorer
{
    private const string Version = "version";

    /// <summary>Columns that name a version of the same state.</summary>
    private static readonly string[] VersionColumns = [Version, "superseded_version", "create_version"];

    private static readonly JsonDocumentOptions Bounded = new() { MaxDepth = 64 };

    /// <summary>The rows of a chunk as they came, up to a version.</summary>
    /// <exception cref="BackupFormatException">One is no JSON object with a version.</exception>
    public static IEnumerable<JsonObject> Read(Chunk chunk, long through)
    {
        var rest = chunk.Rows;
        while (!rest.IsEmpty)
        {
            var end = rest.Span.IndexOf((byte)'\n');
            if (end < 0)
            {
                throw new BackupFormatException("its last row does not end");
            }

            var row = Parse(rest.Span[..end]);
            rest = rest[(end + 1)..];
            if (NumberOf(row, Version) <= through)
            {
                yield return row;
            }
        }
    }

    /// <summary>Puts the numbers of here into a row.</summary>
    public static JsonObject Map(
        JsonObject row,
        (string Table, long Project) place,
        (long Source, long Through) line,
        RestoreMaps maps
    )
    {
        row["project_id"] = place.Project;
        row["timeline_id"] = maps.Timelines[line.Source].Value;
        foreach (var column in VersionColumns.Where(row.ContainsKey))
        {
            // What came behind the state that is restored never happened to it.
            row[column] =
                row[column] is null || NumberOf(row, column) is var version && version > line.Through
                    ? null
                    : maps.Versions[version].Value;
        }

        MapNumber(row, "stream_id", maps.Streams);
        MapNumber(row, "dataset_id", maps.Datasets);
        switch (place.Table)
        {
            case "branching.merged_vector":
                MapVector(row, maps);
                break;
            case "records.dataset":
                MapDefinition(row, maps);
                break;
            case "records.row":
                CheckDocument(row);
                break;
        }

        return row;
    }

    /// <summary>A whole number of a row.</summary>
    /// <exception cref="BackupFormatException">There is none.</exception>
    public static long NumberOf(JsonObject row, string column) =>
        row[column] is JsonValue value && value.TryGetValue<long>(out var number)
            ? number
            : throw new BackupFormatException($"a row has no number {column}");

    /// <summary>A text of a row.</summary>
    /// <exception cref="BackupFormatException">There is none.</exception>
    public static string TextOf(JsonObject row, string column) =>
        row[column] is JsonValue value && value.TryGetValue<string>(out var text)
            ? text
            : throw new BackupFormatException($"a row has no text {column}");

    /// <summary>Binary as PostgreSQL writes it in JSON: <c>\x</c> and hexadecimal digits.</summary>
    public static byte[] BytesOf(JsonObject row, string column)
    {
        var text = TextOf(row, column);
        try
        {
            return text.StartsWith(@"\x", StringComparison.Ordinal)
                ? Convert.FromHexString(text.AsSpan(2))
                : throw new FormatException();
        }
        catch (FormatException)
        {
            throw new BackupFormatException($"{column} of a row is not in hexadecimal digits");
        }
    }

    private static JsonObject Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: Bounded) as JsonObject
                ?? throw new BackupFormatException("a row is no JSON object");
        }
        catch (JsonException malformed)
        {
            throw new BackupFormatException("a row is no JSON", null, malformed);
        }
    }

    private static void MapNumber(JsonObject row, string column, IDictionary<long, long> numbers)
    {
        if (row.ContainsKey(column))
        {
            var source = NumberOf(row, column);
            row[column] = numbers.TryGetValue(source, out var number)
                ? number
                : throw new BackupFormatException($"a row is about {column} {source}, which the backup does not hold");
        }
    }

    /// <summary>Timelines that are not restored, since nobody sees them any more, stay out of what was
    /// merged.</summary>
    private static void MapVector(JsonObject row, RestoreMaps maps)
    {
        var (owners, through) = (NumbersOf(row, "owners"), NumbersOf(row, "through"));
        if (owners.Length != through.Length)
        {
            throw new BackupFormatException("a merged vector has owners without versions");
        }

        var entries = owners.Zip(through).Where(entry => maps.Timelines.ContainsKey(entry.First)).ToList();
        row["owners"] = ArrayOf(entries.Select(entry => maps.Timelines[entry.First].Value));
        row["through"] = ArrayOf(entries.Select(entry => maps.Versions[entry.Second].Value));
    }

    private static void MapDefinition(JsonObject row, RestoreMaps maps)
    {
        const string SchemaVersion = "schemaVersion";
        if (row["definition"] is not JsonObject definition)
        {
            throw new BackupFormatException("a dataset has no definition");
        }

        if (definition.ContainsKey(SchemaVersion))
        {
            definition[SchemaVersion] = maps.Versions[NumberOf(definition, SchemaVersion)].Value;
        }
    }

    private static void CheckDocument(JsonObject row)
    {
        ReadOnlyMemory<byte>? document = null;
        if (row["document"] is { } node)
        {
            document = JsonSerializer.SerializeToUtf8Bytes(node);
        }

        if (!RecordDigest.OfRow(document).AsSpan().SequenceEqual(BytesOf(row, "digest")))
        {
            throw new BackupFormatException("a record does not have the digest that it says");
        }
    }

    private static long[] NumbersOf(JsonObject row, string column) =>
        row[column] is JsonArray array
            ? [.. array.Select(item => item is JsonValue value && value.TryGetValue<long>(out var n) ? n : 0)]
            : throw new BackupFormatException($"a row has no numbers {column}");

    private static JsonArray ArrayOf(IEnumerable<long> numbers) =>
        [.. numbers.Select(number => (JsonNode)JsonValue.Create(number))];
}
