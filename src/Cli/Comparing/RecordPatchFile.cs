using System.Text.Json;
using System.Text.Json.Nodes;
using Dendrite.Cli.Hosting;
using Dendrite.Contracts.Cells;
using Dendrite.Records.Cells;

namespace Dendrite.Cli.Comparing;

/// <summary>
/// Reads a JSON patch (RFC 6902) of records: operations <c>test</c>, <c>add</c>, <c>replace</c> and <c>remove</c> on
/// <c>/DATASET/records/RECORD</c> and <c>/DATASET/records/RECORD/COLUMN</c>.
/// </summary>
internal static class RecordPatchFile
{
    private static readonly string[] Operations = ["test", "add", "replace", "remove"];

    /// <summary>What the patch does, by record, each with its operations in their order.</summary>
    /// <exception cref="CliException">It is no patch, or of something that a transaction does not write.</exception>
    public static IReadOnlyList<RecordEdit> Read(string text)
    {
        JsonArray operations;
        try
        {
            operations = JsonNode.Parse(text) as JsonArray ?? throw Refuse(0, "is no list of operations");
        }
        catch (JsonException wrong)
        {
            throw new CliException(ExitCode.BadData, "PATCH_REFUSED", $"The patch is no JSON: {wrong.Message}");
        }

        var edits = new Dictionary<(string, string), RecordEdit>();
        for (var i = 0; i < operations.Count; i++)
        {
            var (dataset, record, operation) = ReadOne(operations[i], i);
            if (!edits.TryGetValue((dataset, record), out var edit))
            {
                edits[(dataset, record)] = edit = new(dataset, record);
            }

            edit.Operations.Add(operation);
        }

        return [.. edits.Values];
    }

    private static (string Dataset, string Record, CellOperation Operation) ReadOne(JsonNode? node, int index)
    {
        var (op, path) = node is JsonObject json ? (TextOf(json["op"]), TextOf(json["path"])) : (null, null);
        if (op is null || path is null || !Operations.Contains(op))
        {
            throw Refuse(index, $"has no op ({string.Join(", ", Operations)}) and path");
        }

        var value = node!.AsObject();
        if (op != "remove" && !value.ContainsKey("value"))
        {
            throw Refuse(index, "has no value");
        }

        string[] parts = [.. path.Split('/').Select(Unescape)];
        return parts switch
        {
            ["", var dataset, "records", var record] => (dataset, record, OfRecord(op, value["value"], index)),
            ["", var dataset, "records", var record, var column] => (
                dataset,
                record,
                OfCell(op, column, value["value"], index)
            ),
            _ => throw new CliException(
                ExitCode.Conflict,
                "PATCH_OF_SCHEMA",
                $"Operation {index + 1} of the patch ({op} {path}) is not about a record. Columns and datasets "
                    + $"are changed "
                    + "by `dendrite dataset`, or with the records by `dendrite merge`; then write the patch again."
            ),
        };
    }

    private static CellOperation OfRecord(string op, JsonNode? value, int index)
    {
        if (op == "remove")
        {
            return new(op, null, value);
        }

        if (value is not JsonObject cells)
        {
            throw Refuse(index, $"has a value that is no object, for a whole record; {op} takes its columns");
        }

        foreach (var (column, cell) in cells)
        {
            Check(column, cell, index);
        }

        return new(op, null, value);
    }

    private static CellOperation OfCell(string op, string column, JsonNode? value, int index)
    {
        if (op != "remove")
        {
            Check(column, value, index);
        }

        return new(op, column, value);
    }

    private static void Check(string column, JsonNode? value, int index)
    {
        if (ProblemOf(value) is { } problem)
        {
            throw Refuse(index, $"has a value of {column} that {problem}");
        }
    }

    /// <summary>Why it cannot be written, or compared, as it is: numbers travel as binary64.</summary>
    private static string? ProblemOf(JsonNode? value)
    {
        if (value?.GetValueKind() is not (JsonValueKind.Number or JsonValueKind.Array or JsonValueKind.Object))
        {
            return null;
        }

        using var json = JsonDocument.Parse(value.ToJsonString());
        var input = CellInput.OfJson(json.RootElement, out var problem);
        if (problem is not null)
        {
            return problem;
        }

        var cell = CellParser.Parse(CellType.Json, null, input).Value;
        return (cell is { } read ? ValueMapper.IsExact(read) : input.Kind != CellInputKind.Number)
            ? null
            : "holds a number with more digits than binary64 keeps; write it as a string, or bring it by 'merge' or "
                + "'record load'";
    }

    private static string? TextOf(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>RFC 6901.</summary>
    private static string Unescape(string part) =>
        part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);

    private static CliException Refuse(int index, string problem) =>
        new(ExitCode.BadData, "PATCH_REFUSED", $"Operation {index + 1} of the patch {problem}.");
}

/// <summary>One operation on a record.</summary>
/// <param name="Column">Null: the whole record.</param>
/// <param name="Value">Null is JSON's null, or none with remove.</param>
internal sealed record CellOperation(string Op, string? Column, JsonNode? Value);
